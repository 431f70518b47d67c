"""Quotes and signatures are found line by line; nothing of the text is lost."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuidesk.core.mail.quote import fold_quotes


def kinds(text: str) -> str:
    """One letter a line: t(ext), q(uote), s(ignature)."""
    return "".join(block.kind[0] * (block.end - block.start) for block in fold_quotes(text))


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("", ""),
        ("only text", "t"),
        ("one\n\ntwo\n", "tttt"),
        ("yes\n> no", "tq"),
        ("> a\n>> b\n\n> c\nanswer\n> d", "qqqqtq"),
        ("> a\n\nanswer", "qtt"),
        ("1 > 0", "t"),
        ("＞ 引用\n答え", "qt"),
        ("yes\n\nOn Mon, 5 Jan 2026 at 09:30, Jo <jo@example.com> wrote:\n\n> why", "ttqqq"),
        ("yes\n\nOn Mon, 5 Jan 2026 at 09:30, Jo Doe\n<jo@example.com> wrote:\n> why", "ttqqq"),
        ("ja\n\nAm 05.01.2026 um 09:30 schrieb Jo Doe:\n> warum", "ttqq"),
        ("oui\n\nLe lun. 5 janv. 2026 à 09:30, Jo <jo@example.com> a écrit :\n\n> pourquoi", "ttqqq"),
        ("sí\n\nEl lun, 5 ene 2026 a las 9:30, Jo (<jo@example.com>) escribió:\n\n> ¿por qué?", "ttqqq"),
        ("はい\n\n2026年1月5日(月) 9:30 山田太郎 <taro@example.jp>:\n\n> なぜ", "ttqqq"),
        ("はい\n\n山田さんは書きました：\n> なぜ", "ttqq"),
        ("On Monday he wrote: nothing\n> why", "tq"),
        ("Thanks!\n-- \nJo Doe\nExample Ltd.", "tsss"),
        ("Thanks!\n--\nJo", "tss"),
        ("a\n--\n" + "more\n" * 20 + "end", "t" * 23),
        ("top\n-- \nJo\n> quoted", "tssq"),
        ("yes\n\nSent from my phone", "tts"),
        ("ja\n\nVon meinem Telefon gesendet\n", "ttss"),
        ("Sent from my desk is what he said\nand more", "tt"),
        ("yes\n\n-----Original Message-----\nFrom: Jo\nwhy?", "tqqqq"),
        ("ja\n\n-------- Oprindelig besked --------\nhvorfor?", "tqqq"),
        ("yes\n\n*-------- Original Message --------*\nwhy?", "tqqq"),
        ("ja\n\n-----Ursprüngliche Nachricht-----\nVon: Jo\nwarum?", "tqqqq"),
        ("yes\n\nFrom: Jo\nSent: Monday\nTo: Al\nSubject: x\n\nwhy?", "tqqqqqqq"),
        (
            "ja\n________________________________\nVon: Jo\nGesendet: Montag\nAn: Al\nBetreff: x\nwarum",
            "tqqqqqq",
        ),
        ("oui\n\nDe : Jo\nEnvoyé : lundi\nÀ : Al\nObjet : x\n\npourquoi", "tqqqqqqq"),
        ("はい\n\n差出人: 山田\n送信日時: 月曜日\n宛先: 佐藤\n件名: x\nなぜ", "tqqqqqq"),
        ("Our log says:\n\nFrom: a@x\nTo: b@x\nSubject: lost\nDate: today\nWhat now?", "t" * 7),
        ("sì\n\nIl giorno lun 5 gen 2026 alle 10:00 Jo <jo@x.test> ha scritto:\n> perché", "ttqq"),
        ("sim\n\nEm seg., 5 de jan. de 2026, Jo <jo@x.test> escreveu:\n> porquê", "ttqq"),
        ("ja\n\nOp ma 5 jan 2026 om 10:00 schreef Jo <jo@x.test>:\n> waarom", "ttqq"),
        ("ja\n\nDen mån 5 jan. 2026 kl 10:00 skrev Jo <jo@x.test>:\n> varför", "ttqq"),
        ("tak\n\nW dniu 5.01.2026 o 10:00, Jo pisze:\n> dlaczego", "ttqq"),
        ("да\n\nпн, 5 янв. 2026 г. в 10:00, Jo <jo@x.test>:\nпишет:\n> почему", "tttqq"),
        ("да\n\n5 янв. 2026 г. Jo <jo@x.test> написал(а):\n> почему", "ttqq"),
        ("evet\n\nJo <jo@x.test>, 5 Oca 2026 tarihinde şunu yazdı:\n> neden", "ttqq"),
        ("是\n\nJo <jo@x.test> 于2026年1月5日 写道：\n> 为什么", "ttqq"),
        ("네\n\n2026년 1월 5일 (월) Jo <jo@x.test>님이 작성:\n> 왜", "ttqq"),
        ("yes\n\nBegin forwarded message:\n\nFrom: Jo\nwhy?", "tqqqqq"),
        ("yes\n\nOn Mon, Jan 5, 2026 at 10:00 Jo <jo@x.test> wrote:\n\nwhy?\nwhy now?", "tqqqqq"),
        ("yes\n\nOn Monday he wrote: nothing\n\nso I ask", "ttttt"),
        ("sì\n\nDa: Jo\nInviato: lunedì\nA: Al\nOggetto: x\n\nperché", "tqqqqqqq"),
        ("да\n\nОт: Jo\nОтправлено: понедельник\nКому: Al\nТема: x\n\nпочему", "tqqqqqqq"),
        ("是\n\n发件人: Jo\n发送时间: 2026年1月5日\n收件人: Al\n主题: x\n\n为什么", "tqqqqqqq"),
        ("ja\n\nVon: Jo\nDatum: Montag\nAn: Al\nBetreff: x\n\nwarum", "tqqqqqqq"),
        ("ja\n\n*Von:* Jo\n*Gesendet:* Montag\n*An:* Al\n*Betreff:* x\n\nwarum", "tqqqqqqq"),
        ("oui\n\n----- Message original -----\nDe: Jo\npourquoi", "tqqqq"),
        ("sì\n\nInviato da iPhone\n", "ttss"),
        ("yes\n\nSent from my old Phone 7, sorry", "tts"),
        ("yes\n\nSent from my desk, which is easier.", "ttt"),
        ("nee\n\nVerstuurd vanaf mijn iPhone", "tts"),
        ("From: Jo\nSent: Monday\nTo: Al\nforwarded without a word", "tttt"),
    ],
)
def test_lines(text: str, letters: str) -> None:
    assert kinds(text) == letters


MARKS = (
    *("> q", "", "-- ", "--", "From: a", "Sent: b", "To: c", "On 1 Jan he wrote:", "Sent from my phone"),
    *("-----Original Message-----", "________________"),
)


@given(st.lists(st.one_of(st.text(max_size=20), st.sampled_from(MARKS)), max_size=30))
def test_blocks_cover_every_line_once(lines: list[str]) -> None:
    text = "\n".join(lines)
    blocks = fold_quotes(text)
    at = 0
    for block in blocks:
        assert block.start == at < block.end
        at = block.end
    assert at == (len(text.split("\n")) if text else 0)
    assert all(one.kind != other.kind for one, other in pairwise(blocks))
