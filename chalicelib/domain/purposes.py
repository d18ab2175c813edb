"""What each kind of mail is about, in words, for those who are told that one did not arrive."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.domain.process import Text

PURPOSES: Mapping[str, Text] = {
    "receipt": Text("kvittens på idén", "receipt for the idea", "vahvistus ideasta"),
    "progress": Text(
        "besked om nästa steg", "news of the next step", "tieto seuraavasta vaiheesta"
    ),
    "outcome": Text("besked om idén", "outcome of the idea", "tieto ideaa koskevasta ratkaisusta"),
    "ask": Text("fråga att svara på", "question to answer", "vastattava kysymys"),
    "reminder": Text("påminnelse", "reminder", "muistutus"),
    "answer_receipt": Text(
        "kvittens på ett svar", "receipt for an answer", "vahvistus vastauksesta"
    ),
    "taken_back": Text(
        "kvittens på ett svar som togs tillbaka",
        "receipt for an answer that was taken back",
        "vahvistus perutusta vastauksesta",
    ),
    "code": Text("engångskod", "one-time code", "kertakäyttökoodi"),
    "digest": Text("morgonens lista", "morning list", "aamun lista"),
    "no_answers": Text(
        "besked om att ingen har svarat",
        "news that nobody has answered",
        "tieto siitä, ettei kukaan ole vastannut",
    ),
    "overdue": Text("besked om försening", "news of a delay", "tieto viivästymisestä"),
    "nobody_to_ask": Text(
        "besked om att ingen finns att fråga",
        "news that there is nobody to ask",
        "tieto siitä, ettei ole ketään, jolta kysyä",
    ),
    "too_few": Text(
        "besked om att för få finns att fråga",
        "news that there are too few to ask",
        "tieto siitä, että kysyttäviä on liian vähän",
    ),
    "undelivered": Text(
        "besked om ett mejl som inte kom fram",
        "news of a mail that did not arrive",
        "tieto viestistä, joka ei mennyt perille",
    ),
    "stuck": Text(
        "besked om att något har fastnat",
        "news that something is stuck",
        "tieto siitä, että jokin on jumissa",
    ),
    "interim": Text(
        "besked om var idén är", "news of where the idea is", "tieto siitä, missä idea on"
    ),
    "question": Text("fråga om idén", "question about the idea", "kysymys ideasta"),
    "giver_answered": Text(
        "besked om idégivarens svar",
        "news that the person who sent the idea has answered",
        "tieto idean antajan vastauksesta",
    ),
    "talk": Text(
        "råd om ett samtal om bedömningen",
        "advice to talk about the review",
        "neuvo keskustella arvioinnista",
    ),
    "receipts": Text(
        "samlad kvittens på flera idéer",
        "receipt for several ideas",
        "yhteinen vahvistus useista ideoista",
    ),
    "held": Text(
        "morgonens lista över det som hålls",
        "morning list of ideas on hold",
        "aamun lista tarkistettavista",
    ),
    "weekly": Text("veckans lista", "weekly list", "viikon lista"),
    "status_link": Text(
        "ny länk till den egna sidan",
        "new link to their own page",
        "uusi linkki omalle sivulle",
    ),
    "week": Text("veckans besked om idén", "weekly news of the idea", "viikon tiedot ideasta"),
    "let_off": Text(
        "besked om att inget svar behövs längre eller hur en idé slutade",
        "news that no answer is needed any more or of how an idea ended",
        "tieto siitä, ettei vastausta enää tarvita tai miten idean kävi",
    ),
}
