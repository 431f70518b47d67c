"""The words by which mail programs of many languages announce what they quote. Patterns only, no logic.

Every pattern is for one line without its end, tried at its start; none has nested repetition, so each is linear in
the line. What stands for "X wrote" comes last in some languages and is followed by the name in others.
"""

from __future__ import annotations

import re

_ORIGINALS = (
    "original message|forwarded message|original appointment|begin forwarded message|reply message"
    "|ursprüngliche nachricht|weitergeleitete nachricht|originalnachricht|ursprünglicher termin"
    "|message d'origine|message original|message transféré|message initial"
    "|mensaje original|mensaje reenviado|mensagem original|mensagem encaminhada"
    "|messaggio originale|messaggio inoltrato|oorspronkelijk bericht|doorgestuurd bericht"
    "|ursprungligt meddelande|vidarebefordrat meddelande|oprindelig (?:meddelelse|besked)|opprinnelig melding|videresendt .{1,12}"
    "|alkuperäinen viesti|välitetty viesti|wiadomość oryginalna|oryginalna wiadomość|wiadomość przekazana"
    "|původní zpráva|přeposlaná zpráva|pôvodná správa|eredeti üzenet|továbbított üzenet|mesajul original"
    "|исходное сообщение|пересылаемое сообщение|пересланное сообщение|оригінальне повідомлення"
    "|αρχικό μήνυμα|özgün ileti|orijinal mesaj|iletilen mesaj"
    "|元のメッセージ|転送メッセージ|original message|原始邮件|转发邮件|邮件原件|原始郵件|轉寄郵件|원본 메시지|전달된 메시지"
)
SEPARATOR = re.compile(rf"\s*\*?[-_]{{2,}}\s*(?:{_ORIGINALS})\s*:?\s*[-_]{{2,}}\*?\s*", re.IGNORECASE)
"""A line such as -----Original Message-----."""

_FORWARDS = (
    r"begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-?mail)|début du message (?:réexpédié|transféré)"
    r"|inizio messaggio inoltrato|inicio del mensaje reenviado|início da mensagem (?:reencaminhada|encaminhada)"
    r"|begin doorgestuurd bericht|vidarebefordrat brev|videresendt besked|początek przekazanej wiadomości"
    r"|начало переадресованного сообщения|转发的邮件|転送されたメッセージ"
)
_WROTE = (
    r"wrote|writes|schrieb|hat geschrieben|a écrit|écrit|escribió|escreveu|ha scritto|scrisse|schreef|skrev|skrifaði"
    r"|kirjoitti|napisał(?:\(?a\)?)?|pisze|napsal(?:\(?a\)?)?|napísal(?:\(?a\)?)?|írta|a scris|пишет|пише|написал(?:\(?а\)?)?"
    r"|написав|έγραψε|yazdı|đã viết|כתב|كتب"
)
_WROTE_UNPARTED = r"写道|寫道|書きました|書いた|님이 작성|작성"
"""In languages that put no blanks around words."""

ATTRIBUTION = re.compile(
    rf"\s*(?:.*(?:(?<![^\W_])(?:{_WROTE})(?![^\W_])|{_WROTE_UNPARTED}).*[:：]"
    r"|am\b.*\bhat\b.*:"
    r"|.*(?:さん|様)?(?:は|が|の)?メール\s*[:：]"
    r"|\s*\d{4}\s*[年/.-]\s*\d{1,2}\s*[月/.-]\s*\d{1,2}\s*[日일]?.*[:：])\s*",
    re.IGNORECASE,
)
"""Who wrote what is quoted below."""

ATTRIBUTION_START = re.compile(
    r"\s*(?:on|am|le|el|il|em|op|den|den|på|il giorno|dnia|w dniu|dne|dňa|a|в|στις|tarihinde)\b.{0,40}\d"
    r"|\s*\d{1,4}\s*[年/.-]\s*\d",
    re.IGNORECASE,
)
"""The first of several lines that say so: it has the date."""

_DATED = r"(?:on|am|le|el|il|em|op|den|dnia|w dniu|dne)\s.{0,40}\d"
STANDS_FOR_ALL = re.compile(
    rf"\s*(?:{_FORWARDS})\s?[:：]\s*$"
    rf"|\s*{_DATED}.{{0,300}}(?:<[^<>\s]{{1,100}}@[^<>\s]{{1,100}}>|\S@\S).{{0,40}}\b(?:{_WROTE})\s?:\s*$"
    rf"|\s*{_DATED}.{{0,300}}\b(?:schrieb|schreef|skrev)\b.{{0,150}}\S@\S.{{0,100}}:\s*$",
    re.IGNORECASE,
)
"""A line after which everything is quoted though no line says so, as some telephones do it."""

_LABEL = r"\s?\*?\s?[:：]\*?\s*"
_FROM_WORDS = (
    r"from|von|de|da|van|fra|från|lähettäjä|od|feladó|от|від|από|kimden|gönderen|发件人|寄件者|寄件人|差出人|보낸 사람|발신"
)
FROM = re.compile(rf"\s*\*?(?:{_FROM_WORDS}){_LABEL}\S", re.IGNORECASE)
SENT = re.compile(
    r"\s*\*?(?:sent|date|gesendet|datum|envoyé(?: le)?|enviado(?: el| em)?|enviada(?: em)?|fecha|data|inviato|verzonden"
    r"|sendt|skickat|dato|lähetetty|päivämäärä|wysłano|odesláno|odoslané|dátum|elküldve|trimis|отправлено|дата"
    r"|надіслано|εστάλη|ημερομηνία|gönderme tarihi|gönderildi|tarih|发送时间|发送日期|日期|傳送時間|寄件日期|送信日時|日時"
    rf"|보낸 날짜|날짜){_LABEL}\S",
    re.IGNORECASE,
)
REST = re.compile(
    r"\s*\*?(?:to|cc|subject|an|betreff|à|objet|para|asunto|assunto|a|oggetto|aan|onderwerp|til|emne|till|ämne"
    r"|vastaanottaja|aihe|do|dw|temat|komu|předmět|predmet|címzett|tárgy|către|subiect|кому|копия|тема|προς|θέμα|kime|konu"
    r"|收件人|主题|收件者|主旨|宛先|件名|받는 사람|제목)\s?\*?\s?[:：]",
    re.IGNORECASE,
)

TAIL_CANDIDATE = re.compile(
    rf"[ \t]*(?:\*?[-_]{{2,}}[ \t]*[^\W_]|\*?(?:{_FROM_WORDS})\s?\*?[ \t]?[:：]|(?:{_FORWARDS})"
    rf"|{_DATED}[^\n]{{0,300}}:[ \t]*$)",
    re.IGNORECASE,
)
"""Where `SEPARATOR`, `FROM` or `STANDS_FOR_ALL` may match: a first look at a line."""

DEVICE = re.compile(
    r"\s*(?:sent from (?:my (?:\w+ )?(?:\S*(?-i:[A-Z0-9])|mobile|phone|smart|tablet|cell|device)|mail for\b|outlook for\b|proton|yahoo\b)|get outlook for\b|sent with \S+ secure"
    r"|von meinem \S+ gesendet|gesendet (?:von|mit)\b \S+|diese nachricht wurde von mein\w+ .{1,60} gesendet"
    r"|envoyé (?:de|depuis|à partir de) (?:mon|ma|outlook)\b|télécharger outlook|enviado (?:desde|do|a partir do) (?:mi|meu)\b"
    r"|inviato da(?:l mio)?\b|verstuurd vanaf mijn\b|verzonden vanaf\b|skickat från min\b|sendt fra (?:min|outlook)\b"
    r"|lähetetty \S+sta\b|wysłane z\b|odesláno z\b|отправлено с\b|надіслано з\b|\S*['’]?\S* gönderildi$"
    r"|发自我的|從我的 \S+ 傳送|\S*から送信|나의 \S+에서 보냄)",
    re.IGNORECASE,
)
"""A line that a telephone puts under each mail."""
