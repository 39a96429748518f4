using MicroChat.Feedback;

namespace MicroChat.Tests.Feedback;

public abstract partial class FeedbackStoreContract
{
    [Fact]
    public async Task The_order_shown_is_drawn_by_the_generator_and_kept()
    {
        ExchangeRecord a = await AddAsync(Alice, "q");
        Guid[] candidates = [a.Id, (await RetryAsync(a)).Id, (await RetryAsync(a)).Id, (await RetryAsync(a)).Id];
        var orders = new HashSet<string>();
        for (int seed = 0; seed < 8; seed++)
        {
            ComparisonRecord made = await store.CompareAsync(candidates, new Random(seed), default);
            Guid[] wanted = [.. candidates];
            new Random(seed).Shuffle(wanted);
            Assert.Equal(wanted, made.Shown);
            Same(made, (await store.FindComparisonAsync(made.Id, default))!);
            orders.Add(string.Join(',', made.Shown));
        }
        Assert.True(orders.Count > 1);
        Assert.Equal(8, (await store.ComparisonsOfAsync(a.Id, default)).Count);
    }

    [Fact]
    public async Task Answers_say_winner_tie_all_bad_or_a_ranking_with_ties()
    {
        ExchangeRecord a = await AddAsync(Alice, "q"), b = await RetryAsync(a), c = await RetryAsync(a);
        ComparisonRecord comparison = await store.CompareAsync([a.Id, b.Id, c.Id], new Random(3), default);
        Rater bob = Person(Bob);

        await CheckAsync(NewAnswer.Winner(comparison.Id, bob, b.Id), RatingOutcome.Stored, [[b.Id], [a.Id, c.Id]]);
        Guid id = (await store.FindComparisonAsync(comparison.Id, default))!.Answers[0].Id;
        await CheckAsync(NewAnswer.Winner(comparison.Id, bob, b.Id), RatingOutcome.Unchanged, [[b.Id], [a.Id, c.Id]]);
        await CheckAsync(NewAnswer.Tie(comparison.Id, bob), RatingOutcome.Changed, [[a.Id, b.Id, c.Id]]);
        await CheckAsync(NewAnswer.AllBad(comparison.Id, bob), RatingOutcome.Changed, [[a.Id, b.Id, c.Id]]);
        await CheckAsync(NewAnswer.Ranking(comparison.Id, bob, [[c.Id], [a.Id, b.Id]]), RatingOutcome.Changed, [[c.Id], [a.Id, b.Id]]);
        Assert.Equal(id, (await store.FindComparisonAsync(comparison.Id, default))!.Answers[0].Id);

        Assert.Equal(RatingOutcome.Stored, await store.AnswerAsync(NewAnswer.Tie(comparison.Id, Person(Alice)), default));
        Assert.True(await store.RetractAnswerAsync(comparison.Id, Bob, default));
        Assert.False(await store.RetractAnswerAsync(comparison.Id, Bob, default));
        Assert.Equal(Alice, Assert.Single((await store.FindComparisonAsync(comparison.Id, default))!.Answers).Person);
        Assert.Equal(RatingOutcome.Unknown, await store.AnswerAsync(NewAnswer.Tie(Guid.NewGuid(), bob), default));

        async Task CheckAsync(NewAnswer answer, RatingOutcome outcome, Guid[][] tiers)
        {
            Assert.Equal(outcome, await store.AnswerAsync(answer, default));
            ComparisonAnswer found = Assert.Single((await store.FindComparisonAsync(comparison.Id, default))!.Answers);
            Assert.Equal((Bob, answer.Outcome), (found.Person, found.Outcome));
            Assert.Equal(tiers.Select(tier => tier.Order()), found.Tiers.Select(tier => tier.Order()));
        }
    }

    [Fact]
    public async Task Comparisons_and_answers_that_make_no_sense_are_refused()
    {
        ExchangeRecord a = await AddAsync(Alice, "q"), b = await RetryAsync(a), other = await AddAsync(Alice, "another");
        ExchangeRecord pending = New(Alice, "q", null) with { Conversation = a.Conversation, Reply = null };
        await store.AddExchangeAsync(pending, default);
        await RefusedAsync("2 to 16 candidates", () => store.CompareAsync([a.Id], new Random(1), default));
        await RefusedAsync("one candidate twice", () => store.CompareAsync([a.Id, a.Id], new Random(1), default));
        await RefusedAsync("no exchange of this store", () => store.CompareAsync([a.Id, Guid.NewGuid()], new Random(1), default));
        await RefusedAsync("has no reply", () => store.CompareAsync([a.Id, pending.Id], new Random(1), default));
        await RefusedAsync("does not answer the same prompt", () => store.CompareAsync([a.Id, other.Id], new Random(1), default));
        Assert.Empty(await store.ComparisonsOfAsync(a.Id, default));

        ComparisonRecord comparison = await store.CompareAsync([a.Id, b.Id], new Random(1), default);
        await RefusedAsync("must be one of its candidates", () => store.AnswerAsync(NewAnswer.Winner(comparison.Id, Person(Bob), other.Id), default));
        await RefusedAsync("must hold each of its 2 candidates once", () => store.AnswerAsync(NewAnswer.Ranking(comparison.Id, Person(Bob), [[a.Id]]), default));
        await RefusedAsync("no empty tier", () => store.AnswerAsync(NewAnswer.Ranking(comparison.Id, Person(Bob), [[a.Id], [], [b.Id]]), default));
        Assert.Empty((await store.FindComparisonAsync(comparison.Id, default))!.Answers);
    }

    [Fact]
    public async Task Comparisons_are_listed_newest_first_and_without_those_that_somebody_answered()
    {
        ExchangeRecord a = await AddAsync(Alice, "q"), b = await RetryAsync(a);
        var made = new List<Guid>();
        for (int i = 0; i < 5; i++)
        {
            made.Add((await store.CompareAsync([a.Id, b.Id], new Random(i), default)).Id);
            Clock.Advance(TimeSpan.FromSeconds(1));
        }
        await store.AnswerAsync(NewAnswer.Tie(made[1], Person(Bob)), default);
        Page<ComparisonRecord> first = await store.ListComparisonsAsync(null, null, 3, default), rest = await store.ListComparisonsAsync(null, first.Next, 3, default);
        Assert.Equal(((IEnumerable<Guid>)made).Reverse(), first.Items.Concat(rest.Items).Select(c => c.Id));
        Assert.Null(rest.Next);
        Assert.Equal([made[4], made[3], made[2], made[0]], (await store.ListComparisonsAsync(Bob, null, 10, default)).Items.Select(c => c.Id));
        await RefusedAsync("is no cursor", () => store.ListComparisonsAsync(null, "nonsense", 3, default));
        await RefusedAsync("1 to 500", () => store.ListComparisonsAsync(null, null, 0, default));
    }
}
