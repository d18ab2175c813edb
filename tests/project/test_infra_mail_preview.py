"""All mails can be looked through on one page, which runs nothing and asks nobody."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from chalicelib.domain.process import LANGS
from infra import configuration
from infra.__main__ import main
from infra.mail_preview import made, preheader
from infra.mail_samples import mail_samples

CONFIG = configuration.load()
PAGE, COUNT = made()
ARTICLES = re.findall(r'<article class="(\w\w)">(.*?)</article>', PAGE, re.DOTALL)


def test_every_mail_in_every_state_and_language_is_on_the_page() -> None:
    states = {
        (lang, f"{sample.purpose} {sample.state} ({lang})")
        for lang in LANGS
        for sample in mail_samples(CONFIG, lang)
    }
    shown = [(lang, unescape(re.findall(r"<h3>(.*?)</h3>", body)[0])) for lang, body in ARTICLES]
    assert set(shown) == states
    assert len(shown) == COUNT == len(states)


@pytest.mark.parametrize("position", [0, COUNT // 2, COUNT - 1])
def test_each_mail_is_shown_at_two_widths_with_its_subject_its_inbox_line_and_its_text(
    position: int,
) -> None:
    _, body = ARTICLES[position]
    assert re.findall(r'<iframe sandbox="" [^>]*width="(\d+)"', body) == ["320", "600"]
    frames = re.findall(r'srcdoc="(.*?)"></iframe>', body, re.DOTALL)
    (mail, again) = (unescape(html) for html in frames)
    assert mail == again
    assert unescape(re.findall(r"<br><span>(.*?)</span>", body)[0]) == preheader(mail) != ""
    assert re.findall(r"<pre lang=\"\w\w\">(.+?)</pre>", body, re.DOTALL)


def test_the_page_runs_nothing_and_loads_nothing() -> None:
    outside = re.sub(r'srcdoc=".*?"', "", PAGE, flags=re.DOTALL)
    assert not re.findall(r"<script|<img|<link| on\w+=| src=|https?://", _without_texts(outside))


def test_the_command_writes_the_file_that_it_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "new" / "mails.html"
    assert main(["mail", "preview", "--out", str(file)]) == 0
    assert file.read_text(encoding="utf-8") == PAGE
    assert str(file) in capsys.readouterr().out


def test_a_file_that_cannot_be_written_is_told_and_the_command_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["mail", "preview", "--out", str(tmp_path / "file" / "mails.html")]) == 1
    assert "Choose another file with --out." in capsys.readouterr().err


def _without_texts(page: str) -> str:
    return re.sub(r"<pre.*?</pre>", "", page, flags=re.DOTALL)
