"""The steps of cleaning, and each fault of the published cleaner as something that does not happen here."""

from pathlib import Path

import pytest
import yaml

from polyglot.core.sentences import read_sentences
from polyglot.pretraining import cleaning
from polyglot.pretraining.cleaning import Cleaner, Words
from polyglot.pretraining.marks import marked

LIMITS = yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))["cleaning"]
KOREAN = Words(**read_sentences(Path("resources/corpora/ko.yaml"), ["boilerplate", "spam"]))
PROSE = "연구개발과제의 최종보고서는 협약이 끝난 날부터 예순 날 안에 제출하며, 그 뒤에 평가를 마치고 공개한다."


@pytest.fixture
def clean():
    return Cleaner("ko", LIMITS, KOREAN)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("그래서 좋았다ㅎㅎ 정말", "그래서 좋았다ㅎㅎ 정말"),
        ("회의는 2022-11-19 20:00에", "회의는 2022-11-19 20:00에"),
        ("은행 영업은 2022-11-19까지", "은행 영업은 2022-11-19까지"),
        ("계좌 110-123-456789", "계좌 <|acc|>"),
        ("계좌번호: 3333-01-1234567 입니다", "계좌번호: <|acc|> 입니다"),
        ("농협 302-1234-5678-91로 보내 주세요", "농협 <|acc|>로 보내 주세요"),
        ("인구 1234567890명", "인구 1234567890명"),
        ("주민등록번호 900101-1234568", "주민등록번호 <|rrn|>"),
        ("전화 010-1234-5678, 02-123-4567", "전화 <|tel|>, <|tel|>"),
        ("우리 110-123", "우리 110-123"),
        ("우리 학교는 010-1234-5678", "우리 학교는 <|tel|>"),
        ("문의는 hong@example-mail.kr 로", "문의는  로"),
        ("자료는 https://www.kistep.re.kr/board.es?mid=1에서 본다", "자료는 에서 본다"),
        ("끝<|endoftext|>시작 <|tel|>", "끝시작 "),
    ],
)
def test_personal_data_become_the_tokens_of_the_vocabulary_and_nothing_else_does(text, kept):
    assert marked(text)[0] == kept


def test_what_was_masked_is_counted():
    counts = marked("계좌 110-123-456789, 010-1234-5678 <|sep|> http://a.kr/b")[1]
    assert counts == {"ACCOUNT": 1, "PHONE": 1, "URL": 1, "special token": 1}


def test_the_text_after_a_footers_word_stays(clean):
    text = f"연락처는 회사 전화: 02-123-4567 그리고 이 문장이 이어진다. {PROSE}"
    assert clean(text) == (text.replace("02-123-4567", "<|tel|>"), None)


def test_lines_that_are_no_prose_go_and_their_neighbours_stay(clean):
    text = f"{PROSE}\n- 12 -\n홍길동 기자\n전화: 02-123-4567\n무단 전재 및 재배포 금지\n{PROSE}"
    assert clean(text) == (f"{PROSE}\n{PROSE}", None)
    assert clean.edited["boilerplate"] == 1


def test_the_same_text_gives_the_same_bytes():
    text = f"{PROSE} 010-1234-5678 계좌 110-123-456789 900101-1234568"
    assert Cleaner("ko", LIMITS, KOREAN)(text) == Cleaner("ko", LIMITS, KOREAN)(text)


@pytest.mark.parametrize(
    ("step", "text", "after"),
    [
        ("without_html", "한&nbsp;줄<br/>둘<b class='x'>셋</b><!-- 주석 --><script>x()</script>", "한\xa0줄\n둘셋"),
        ("without_html", "<표 1> 값 < 3 그리고 <개정 2021. 1. 1.>", "<표 1> 값 < 3 그리고 <개정 2021. 1. 1.>"),
        ("without_runs", "ㅋㅋㅋㅋㅋㅋ 1000000원!!!!!", "ㅋㅋㅋ 1000000원!!!"),
        ("without_repeats", "정말 좋아 정말 좋아 정말 좋아 정말 좋아 끝", "정말 좋아 끝"),
        ("without_repeats", "가 나 다 가 나 다 가 나 다 끝", "가 나 다 가 나 다 가 나 다 끝"),
        ("without_repeats", "가 나 가 나 가 나 가 나 가 나 가 끝", "가 나 가 끝"),
        ("without_repeats", "대박대박대박대박이다", "대박이다"),
        ("without_spaces", "한   줄 \n\n\n\n 다음\t줄 ", "한 줄\n\n다음 줄"),
        ("normal", "한\u200b글\r\n줄", "한글\n줄"),
    ],
)
def test_each_edit_changes_what_it_is_for(step, text, after):
    assert getattr(cleaning, step)(text) == after


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (PROSE, None),
        ("", "empty"),
        ("짧은 글이다.", "too_short"),
        ("가" * 100_001, "too_long"),
        (
            "This text has been written in English alone, and so it is no part of a Korean corpus at all.",
            "other_language",
        ),
        ("가 나 다 라 마 바 사 아 자 차 카 타 파 하 거 너 더 러 머 버 서 어 저 처 커 터 퍼 허 고 노 도", "word_length"),
        ("띄어쓰기가하나도없는문장은사람이읽으라고쓴글이아니다" * 2 + "끝이다라고하는글도그러하다", "word_length"),
        (
            "#오늘 #여행 #맛집 사진을 올린다 #바다 #하늘 #구름 #휴가 #여름밤 #산책길 #강아지와 함께한 주말 저녁 풍경",
            "symbols",
        ),
        ("\n".join(f"- 항목 {number}번의 짧은 설명 글이다" for number in range(5)), "bullets"),
        (
            "\n".join(["더 보려면 여기를 누르면 된다고 하는데…", "이어지는 글은 다음 장에 있다고 한다..."] * 2),
            "symbols",
        ),
        (f"{PROSE}\n그 뒤의 이야기는…", "ellipses"),
        (f"{PROSE} 온라인카지노", "spam"),
        (f"{PROSE} \ufffd", "broken"),
    ],
)
def test_each_filter_gives_its_reason(clean, text, reason):
    assert clean(text)[1] == reason


def test_a_corpus_of_another_language_is_held_to_its_own(clean):
    spanish = Cleaner("es", LIMITS)
    text = "La final del torneo se jugará mañana por la tarde en el estadio nuevo de la ciudad, según el club."
    assert spanish(text) == (text, None)
    assert spanish(PROSE)[1] == "other_language"
