"""Scores of leads (L-7): learnt from what became of others, with reasons and counts, honest with too little history."""

from itertools import product

from conto.domain.lead_score import LEAST_HISTORY, Past, backtest, learn, score, traits_of


def traits(source: str = "fair", **more: str) -> dict[str, str]:
    return {"source": source, "company": "yes", "mail": "own", "phone": "yes"} | more


HISTORY = [
    *[Past(traits("fair"), is_good=True)] * 16,
    *[Past(traits("fair"), is_good=False)] * 4,
    *[Past(traits("web"), is_good=True)] * 4,
    *[Past(traits("web"), is_good=False)] * 16,
]


def test_l7_what_went_well_before_scores_high_and_says_why() -> None:
    fair, web = (score(learn(HISTORY), traits(source)) for source in ("fair", "web"))
    assert fair.points > 70
    assert web.points < 30
    assert fair.is_learnt
    start, reason = fair.reasons[:2]
    assert (start.code, start.good, start.all) == ("base", 20, 40)
    assert (reason.code, reason.value, reason.good, reason.all) == ("source", "fair", 16, 20)
    assert reason.points > 0 > web.reasons[1].points


def test_l7_with_too_little_history_it_says_so_and_counts_what_is_known() -> None:
    few = learn(HISTORY[: LEAST_HISTORY - 1])
    found = score(few, traits(message="short"))
    assert not found.is_learnt
    assert (found.reasons[0].code, found.reasons[0].all) == ("too_little", LEAST_HISTORY - 1)
    assert found.points == 80
    assert score(few, {"company": "no", "mail": "none", "phone": "no"}).points == 0
    assert score(learn([]), traits()).reasons[0].all == 0
    only_good = learn([Past(traits(), is_good=True)] * 100)
    assert not score(only_good, traits()).is_learnt  # nobody knows yet what goes wrong


def test_l7_a_value_that_was_hardly_ever_seen_counts_nothing() -> None:
    found = score(learn(HISTORY), {"source": "radio"})
    assert (found.points, len(found.reasons)) == (50, 1)


def test_l7_the_backtest_scores_each_by_all_the_others() -> None:
    done = backtest(HISTORY)
    assert done
    assert (done.high, done.high_good, done.low, done.low_good) == (20, 16, 20, 4)
    assert backtest(HISTORY[:10]) is None


def test_l7_traits_tell_companies_from_free_mail_and_leave_out_what_nobody_knows() -> None:
    one = traits_of(
        source="Messe", country="DE", is_company=True, email="a@Lindt.example", phone="+49", message="x" * 90
    )
    assert one == {
        "source": "messe", "country": "DE", "company": "yes", "mail": "own", "phone": "yes", "message": "long",
    }  # fmt: skip
    other = traits_of(source="", country="", is_company=False, email="a@gmail.com", phone="")
    assert other == {"company": "no", "mail": "free", "phone": "no"}


def test_l7_a_score_is_between_0_and_100_and_more_luck_never_lowers_it() -> None:
    for good_fair, bad_fair, good_web, bad_web in product((0, 3, 9, 40), repeat=4):
        history = [
            *[Past({"source": "fair"}, is_good=True)] * good_fair,
            *[Past({"source": "fair"}, is_good=False)] * bad_fair,
            *[Past({"source": "web"}, is_good=True)] * good_web,
            *[Past({"source": "web"}, is_good=False)] * bad_web,
        ]
        found = score(learn(history), {"source": "fair"})
        assert 0 <= found.points <= 100
        better = score(learn([*history, Past({"source": "fair"}, is_good=True)]), {"source": "fair"})
        if found.is_learnt and good_fair + bad_fair >= 4:
            assert better.points >= found.points
