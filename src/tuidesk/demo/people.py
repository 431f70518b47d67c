"""Who and what a demo desk knows: groups, agents, queues, companies and their people. Data only.

Invariant: every address ends in `.example` (RFC 2606), every name that refers to another one exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tuidesk.core.domain.desk_config import AutoResponse
from tuidesk.core.domain.sla import Targets
from tuidesk.core.domain.states import AutoResponseType, FollowUpPolicy, Right

DESK_DOMAIN = "desk.example"
MAIN_AGENT = "anna"


@dataclass(frozen=True, slots=True)
class DemoAgent:
    """An agent; `rights` by group. Which queues she works in follows from `works_in`."""

    login: str
    name: str
    rights: Mapping[str, tuple[Right, ...]]
    works_in: tuple[str, ...]
    system_admin: bool = False

    @property
    def email(self) -> str:
        """Her own address."""
        return f"{self.login}@{DESK_DOMAIN}"


@dataclass(frozen=True, slots=True)
class DemoQueue:
    """A queue with its address, what it promises, and the automatic replies it sends."""

    name: str
    group: str
    address: str
    realname: str
    signature: str
    follow_up: FollowUpPolicy = FollowUpPolicy.POSSIBLE
    targets: Targets = Targets(0, 0, 0)  # noqa: RUF009 - frozen
    auto_responses: Mapping[AutoResponseType, AutoResponse] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Company:
    """A customer company; `customer_id` is what its people and tickets carry."""

    customer_id: str
    name: str
    domain: str


@dataclass(frozen=True, slots=True)
class Person:
    """A customer user; `greeting` is how agents call her, `language` the one she writes."""

    name: str
    greeting: str
    email: str
    company: Company
    language: str
    phone: str

    @property
    def mailbox(self) -> str:
        """Name and address as header text for people."""
        return f'"{self.name}" <{self.email}>'


_RW = (Right.RW,)
_GUEST = (Right.RO, Right.NOTE, Right.CREATE, Right.MOVE_INTO)

GROUPS = ("support", "support-l2", "billing", "facility", "people")

AGENTS = (
    DemoAgent(
        "anna",
        "Anna Lindqvist",
        {"users": _RW, "admin": _RW, "support": _RW, "support-l2": _RW, "billing": _RW, "facility": _GUEST},
        ("Support", "Support::L1", "Support::L2", "Billing"),
        system_admin=True,
    ),
    DemoAgent(
        "ben",
        "Ben Achterberg",
        {"users": _RW, "support": _RW, "support-l2": (Right.RO, Right.NOTE, Right.MOVE_INTO), "facility": _GUEST},
        ("Support", "Support::L1"),
    ),
    DemoAgent(
        "cora",
        "Cora Mbeki",
        {"users": _RW, "support": _RW, "support-l2": _RW, "facility": _RW, "people": _RW},
        ("Support", "Support::L1", "Facility", "People"),
    ),
    DemoAgent(
        "dmitri",
        "Dmitri Wolkow",
        {"users": _RW, "support": _RW, "support-l2": _RW, "billing": (Right.RO,)},
        ("Support::L2",),
    ),
    DemoAgent(
        "emi",
        "Emi Tanabe (田辺 えみ)",
        {"users": _RW, "support": _RW, "billing": _RW, "facility": _RW, "people": _RW},
        ("Billing", "Facility", "People"),
    ),
)

_RECEIPT = AutoResponse(
    "RE: <OTRS_CUSTOMER_SUBJECT[60]>",
    "Hello <OTRS_CUSTOMER_REALNAME>,\n\nthank you for your message. It has the number <OTRS_TICKET_TicketNumber>"
    " now; please\nkeep it in the subject when you write again.\n\nYou wrote:\n<OTRS_CUSTOMER_EMAIL[6]>\n\n"
    "Your service desk\n",
)
_FOLLOWED_UP = AutoResponse(
    "RE: <OTRS_CUSTOMER_SUBJECT[60]>",
    "Hello <OTRS_CUSTOMER_REALNAME>,\n\nyour message was added to <OTRS_TICKET_TicketNumber>.\n\nYour service desk\n",
)
_REJECTED = AutoResponse(
    "RE: <OTRS_CUSTOMER_SUBJECT[60]>",
    "Hello <OTRS_CUSTOMER_REALNAME>,\n\n<OTRS_TICKET_TicketNumber> is closed and takes no more messages."
    " If there is\nsomething new, please write without a number in the subject.\n\nYour facility team\n",
)
_NEW_ONE = AutoResponse(
    "RE: <OTRS_CUSTOMER_SUBJECT[60]>",
    "Hello <OTRS_CUSTOMER_REALNAME>,\n\nthe old matter is closed, so your message got a number of its own:"
    " <OTRS_TICKET_TicketNumber>.\n\nYour billing team\n",
)

_DAY_MIN = 13 * 60  # a working day of the default calendar, 8 to 21

QUEUES = (
    DemoQueue(
        "Support",
        "support",
        f"hello@{DESK_DOMAIN}",
        "Service Desk",
        "Service Desk\nhello@desk.example",
        auto_responses={AutoResponseType.REPLY: _RECEIPT},
    ),
    DemoQueue(
        "Support::L1",
        "support",
        f"support@{DESK_DOMAIN}",
        "Service Desk",
        "Service Desk, first line\nMonday to Friday, 8 to 18\nsupport@desk.example",
        targets=Targets(_DAY_MIN // 2, 3 * _DAY_MIN, 0, first_response_notify=70),
        auto_responses={AutoResponseType.REPLY: _RECEIPT},
    ),
    DemoQueue(
        "Support::L2",
        "support-l2",
        f"operations@{DESK_DOMAIN}",
        "Operations",
        "Operations\nin an emergency: +49 221 0000 112",
        targets=Targets(_DAY_MIN // 3, 2 * _DAY_MIN, 15 * _DAY_MIN, first_response_notify=70),
        auto_responses={AutoResponseType.REPLY: _RECEIPT},
    ),
    DemoQueue(
        "Billing",
        "billing",
        f"billing@{DESK_DOMAIN}",
        "Billing",
        "Billing\nplease name your customer number in all letters",
        follow_up=FollowUpPolicy.NEW_TICKET,
        targets=Targets(2 * _DAY_MIN, 0, 0),
        auto_responses={AutoResponseType.REPLY: _RECEIPT, AutoResponseType.NEW_TICKET: _NEW_ONE},
    ),
    DemoQueue(
        "Facility",
        "facility",
        f"facility@{DESK_DOMAIN}",
        "Facility",
        "Facility team\nkeys, heating, parking and coffee",
        follow_up=FollowUpPolicy.REJECT,
        auto_responses={
            AutoResponseType.REPLY: _RECEIPT,
            AutoResponseType.FOLLOW_UP: _FOLLOWED_UP,
            AutoResponseType.REJECT: _REJECTED,
        },
    ),
    DemoQueue("People", "people", f"people@{DESK_DOMAIN}", "People", "Human resources\nconfidential"),
)

_HALVARD = Company("HALVARD", "Halvard Freight AS", "halvard-freight.example")
_PINE = Company("PINECREST", "Pinecrest Orchard Supplies Ltd", "pinecrest.example")
_QUILL = Company("QUILLWORK", "Quillwork Press", "quillwork.example")
_SUESS = Company("SUESSMILCH", "Süßmilch & Söhne Feinwerk GmbH", "suessmilch.example")
_FLOESS = Company("FLOESSER", "Flößerhafen Logistik eG", "floesserhafen.example")
_MARKT = Company("MARKTHALLE", "Markthalle Brömsel KG", "markthalle-broemsel.example")
_ATELIER = Company("ATELIER", "Atelier Sauvenière", "sauveniere.example")
_OLIVAR = Company("OLIVAR", "Cooperativa Olivar del Sur", "olivardelsur.example")
_VETRO = Company("VETRO", "Vetreria Malaspina S.r.l.", "malaspina.example")
_FAROL = Company("FAROL", "Farol Azul Lda.", "farolazul.example")
_WIERZBA = Company("WIERZBA", "Wierzba i Wspólnicy sp. z o.o.", "wierzba.example")
_SEVER = Company("SEVER", "ООО «Северный Мост»", "severnymost.example")
_AOBA = Company("AOBA", "株式会社青葉機工", "aoba-kiko.example")
_YUNHE = Company("YUNHE", "云禾贸易有限公司", "yunhe.example")
_DIJK = Company("DIJKZICHT", "Dijkzicht Machinebouw B.V.", "dijkzicht.example")
_THALASSA = Company("THALASSA", "Θάλασσα Ναυτιλιακή Ε.Π.Ε.", "thalassa.example")

COMPANIES = (_HALVARD, _PINE, _QUILL, _SUESS, _FLOESS, _MARKT, _ATELIER, _OLIVAR, _VETRO, _FAROL, _WIERZBA,
             _SEVER, _AOBA, _YUNHE, _DIJK, _THALASSA)  # fmt: skip


def _person(company: Company, language: str, name: str, local: str, phone: str, greeting: str = "") -> Person:
    return Person(name, greeting or name.split()[0], f"{local}@{company.domain}", company, language, phone)


CUSTOMERS = (
    _person(_HALVARD, "en", "Ingrid Solheim", "ingrid.solheim", "+47 55 00 01 10"),
    _person(_HALVARD, "en", "Tobias Rask", "t.rask", "+47 55 00 01 12"),
    _person(_HALVARD, "en", "Priya Venkataraman", "priya", "+47 55 00 01 31"),
    _person(_PINE, "en", "Gareth Llewellyn-Moss", "gareth", "+44 1632 960 120"),
    _person(_PINE, "en", "Doreen Whitlock", "doreen.whitlock", "+44 1632 960 121"),
    _person(_PINE, "en", "Samuel Okafor", "s.okafor", "+44 1632 960 133"),
    _person(_QUILL, "en", "Marguerite O'Dell", "marguerite", "+1 212 555 0141"),
    _person(_QUILL, "en", "Jasper Nakagawa", "jasper", "+1 212 555 0142"),
    _person(_QUILL, "en", "Lou Bernstein-Park", "lou", "+1 212 555 0148"),
    _person(_SUESS, "de", "Jürgen Süßmilch", "juergen", "+49 345 0000 10", "Herr Süßmilch"),
    _person(_SUESS, "de", "Käthe Grünewald-Böhm", "k.gruenewald", "+49 345 0000 14", "Frau Grünewald-Böhm"),
    _person(_FLOESS, "de", "Uğur Demirtaş", "u.demirtas", "+49 345 0000 77", "Herr Demirtaş"),
    _person(_FLOESS, "de", "Annegret Pfefferkorn", "pfefferkorn", "+49 345 0000 78", "Frau Pfefferkorn"),
    _person(_MARKT, "de", "Wiebke Jöns", "wiebke.joens", "+49 40 0000 31", "Frau Jöns"),
    _person(_MARKT, "de", "Ömer Aksoy", "aksoy", "+49 40 0000 35", "Herr Aksoy"),
    _person(_ATELIER, "fr", "Clémence Vauquelin", "clemence", "+33 1 99 00 12 01"),
    _person(_ATELIER, "fr", "Noël Lefèbvre-Ança", "noel", "+33 1 99 00 12 04"),
    _person(_OLIVAR, "es", "Begoña Ibáñez Ruiz", "begona.ibanez", "+34 900 000 118"),
    _person(_OLIVAR, "es", "Íñigo Peñalver", "inigo", "+34 900 000 119"),
    _person(_VETRO, "it", "Niccolò Malaspina", "niccolo", "+39 055 000 441"),
    _person(_VETRO, "it", "Fiammetta D'Angiò", "fiammetta", "+39 055 000 442"),
    _person(_FAROL, "pt", "Inês Gonçalves Brandão", "ines", "+351 21 000 0090"),
    _person(_WIERZBA, "pl", "Zdzisław Łęcki", "z.lecki", "+48 22 000 0151", "Panie Zdzisławie"),
    _person(_WIERZBA, "pl", "Małgorzata Żuk", "m.zuk", "+48 22 000 0152", "Pani Małgorzato"),
    _person(_SEVER, "ru", "Ольга Северцева", "o.severtseva", "+7 800 000 00 12"),
    _person(_SEVER, "ru", "Пётр Ключников", "klyuchnikov", "+7 800 000 00 13"),
    _person(_AOBA, "ja", "佐伯 美咲", "saeki", "+81 3 0000 0451", "佐伯"),
    _person(_AOBA, "ja", "長谷川 大輔", "hasegawa", "+81 3 0000 0452", "長谷川"),
    _person(_YUNHE, "zh", "陈雨桐", "chen.yutong", "+86 10 0000 0518"),
    _person(_DIJK, "nl", "Joost van der Wëg", "j.vanderweg", "+31 20 000 0172"),
    _person(_THALASSA, "el", "Ελένη Παπαγεωργίου", "eleni", "+30 210 000 0186", "κυρία Παπαγεωργίου"),
)  # fmt: skip

PEOPLE_BY_LANGUAGE: Mapping[str, tuple[Person, ...]] = {
    language: tuple(person for person in CUSTOMERS if person.language == language)
    for language in dict.fromkeys(person.language for person in CUSTOMERS)
}
QUEUE_BY_NAME: Mapping[str, DemoQueue] = {queue.name: queue for queue in QUEUES}
WORKERS: Mapping[str, tuple[str, ...]] = {
    queue.name: tuple(agent.login for agent in AGENTS if queue.name in agent.works_in) for queue in QUEUES
}
