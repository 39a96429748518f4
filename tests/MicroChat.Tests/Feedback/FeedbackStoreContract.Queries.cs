using MicroChat.Feedback;

namespace MicroChat.Tests.Feedback;

public abstract partial class FeedbackStoreContract
{
    [Fact]
    public async Task A_conversation_is_read_with_its_branches()
    {
        ExchangeRecord a = await AddAsync(Alice, "a"), b = await AddAsync(Alice, "b", a), b2 = await RetryAsync(b), c = await AddAsync(Alice, "c", b2);
        await AddAsync(Alice, "elsewhere");
        await RateAsync(b2, Bob, 1);
        IReadOnlyList<RatedExchange> all = await store.ReadConversationAsync(a.Conversation, default);
        Assert.Equal([a.Id, b.Id, b2.Id, c.Id], all.Select(row => row.Exchange.Id));
        Assert.Equal([0, 0, 1, 0], all.Select(row => row.Ratings.Count));
        ExchangeRecord[] exchanges = [.. all.Select(row => row.Exchange)];
        Assert.Equal([a.Id, b2.Id, c.Id], Branches.Latest(exchanges).Select(e => e.Id));
        Assert.Equal([a.Id, b.Id], Branches.PathTo(b.Id, exchanges).Select(e => e.Id));
        Assert.Equal([b.Id, b2.Id], Branches.Retries(b2, exchanges).Select(e => e.Id));
        Assert.Empty(await store.ReadConversationAsync(Guid.NewGuid(), default));
    }

    [Fact]
    public async Task Conversations_of_a_person_are_listed_newest_first()
    {
        ExchangeRecord[] first = [await AddAsync(Alice, "one"), await AddAsync(Alice, "two"), await AddAsync(Bob, "bob's"), await AddAsync(Alice, "three")];
        ExchangeRecord again = await AddAsync(Alice, "one more", first[0]);
        Page<ConversationSummary> page = await store.ListConversationsAsync(Alice, null, 2, default);
        Assert.Equal(new ConversationSummary(first[0].Conversation, first[0].Place, "one", 2, first[0].Time, again.Time), page.Items[0]);
        Page<ConversationSummary> rest = await store.ListConversationsAsync(Alice, page.Next, 2, default);
        Assert.Equal(["one", "three", "two"], page.Items.Concat(rest.Items).Select(c => c.FirstPrompt));
        Assert.Null(rest.Next);
    }

    [Fact]
    public async Task An_operator_finds_exchanges_by_every_filter()
    {
        ExchangeRecord liked = await AddAsync(Alice, "liked"), hated = await AddAsync(Bob, "hated"), silent = await AddAsync(Alice, "silent");
        ExchangeRecord other = New(Alice, "from discord", null) with { Place = new Place(Platforms.Discord, "s1", "c1", ""), ModelVersion = "gen-2" };
        await store.AddExchangeAsync(other, default);
        await RateAsync(liked, Bob, 1);
        await RateAsync(hated, Alice, -1, RatingReason.Rude, "Shouting ÄH");
        (FeedbackQuery Query, ExchangeRecord[] Wanted)[] cases =
        [
            (new() { Rating = 1 }, [liked]), (new() { Rating = -1 }, [hated]), (new() { IsRated = true }, [hated, liked]), (new() { IsRated = false }, [other, silent]),
            (new() { Reason = RatingReason.Rude }, [hated]), (new() { HasComment = true }, [hated]), (new() { HasComment = false }, [other, silent, liked]),
            (new() { Platform = Platforms.Discord }, [other]), (new() { Server = "s1" }, [other]), (new() { ModelVersion = "gen-2" }, [other]), (new() { Person = Bob }, [hated]),
            (new() { From = silent.Time }, [other, silent]), (new() { To = hated.Time }, [liked]), (new() { From = hated.Time, To = other.Time, IsRated = false }, [silent]),
            (new() { Text = "SHOUTING ä" }, [hated]), (new() { Text = "reply to l" }, [liked]), (new() { Text = "%" }, []), (new() { Text = "i", IsRated = false }, [other, silent]),
        ];
        foreach ((FeedbackQuery query, ExchangeRecord[] wanted) in cases)
        {
            Page<RatedExchange> page = await store.FindAsync(query, default);
            Assert.Equal(wanted.Select(e => e.Prompt), page.Items.Select(row => row.Exchange.Prompt));
            Assert.Null(page.Next);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("x")]
    public async Task Pages_of_a_query_join_without_gap_or_overlap(string? text)
    {
        var wanted = new List<string?>();
        for (int i = 0; i < 23; i++)
        {
            wanted.Insert(0, (await AddAsync(Alice, $"x{i}")).Prompt);
        }
        var found = new List<string?>();
        string? cursor = null;
        do
        {
            Page<RatedExchange> page = await store.FindAsync(new FeedbackQuery { Text = text, Limit = 5, Cursor = cursor }, default);
            found.AddRange(page.Items.Select(row => row.Exchange.Prompt));
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(wanted, found);
    }

    [Fact]
    public async Task Statistics_count_days_models_and_persons()
    {
        ExchangeRecord a = await AddAsync(Alice, "a"), b = await RetryAsync(a);
        await RateAsync(a, Alice, 1);
        await RateAsync(a, Bob, 1);
        await RateAsync(b, Bob, -1);
        DateTimeOffset first = Clock.Now;
        Clock.Advance(TimeSpan.FromDays(1));
        ExchangeRecord c = New(Alice, "c", null) with { ModelVersion = "gen-2" };
        await store.AddExchangeAsync(c, default);
        ComparisonRecord comparison = await store.CompareAsync([a.Id, b.Id], new Random(1), default);
        await store.AnswerAsync(NewAnswer.Tie(comparison.Id, Person(Bob)), default);

        FeedbackStatistics all = await store.StatisticsAsync(null, null, default);
        Assert.Equal([new DayCounts(new DateOnly(2026, 11, 21), 2, 2, 1, 0, 0), new DayCounts(new DateOnly(2026, 11, 22), 1, 0, 0, 1, 1)], all.Days);
        Assert.Equal([new ModelCounts("gen-1", 2, 2, 1), new ModelCounts("gen-2", 1, 0, 0)], all.Models);
        Assert.Equal(2, all.Persons);
        Assert.Null(all.Models[1].UpRate);
        FeedbackStatistics later = await store.StatisticsAsync(first.AddHours(6), null, default);
        Assert.Equal(("gen-2", 1), (Assert.Single(later.Models).ModelVersion, later.Days.Count));
        Assert.Empty((await store.StatisticsAsync(null, first.AddDays(-2), default)).Days);
    }

    [Theory]
    [InlineData(8, 10, 0.4901625, 0.9433178)]       // Wilson's formula with z = 1.959964, computed apart from this program
    [InlineData(0, 5, 0.0, 0.4344825)]
    [InlineData(5, 5, 0.5655175, 1.0)]
    public void Wilson_interval_equals_published_values(long successes, long trials, double lower, double upper)
    {
        var interval = WilsonInterval.Of(successes, trials);
        Assert.Equal((double)successes / trials, interval.Share);
        Assert.Equal(lower, interval.Lower, 1e-6);
        Assert.Equal(upper, interval.Upper, 1e-6);
    }
}
