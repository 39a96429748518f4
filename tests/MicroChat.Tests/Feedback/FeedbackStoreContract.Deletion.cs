using MicroChat.Feedback;

namespace MicroChat.Tests.Feedback;

public abstract partial class FeedbackStoreContract
{
    [Fact]
    public async Task A_deleted_exchange_takes_its_feedback_along_and_leaves_tombstones()
    {
        ExchangeRecord a = await AddAsync(Alice, "q"), b = await RetryAsync(a);
        await RateAsync(a, Bob, 1, comment: "nice");
        Guid rating = (await store.RatingsOfAsync(a.Id, default))[0].Id;
        ComparisonRecord comparison = await store.CompareAsync([a.Id, b.Id], new Random(1), default);
        await store.AnswerAsync(NewAnswer.Winner(comparison.Id, Person(Bob), a.Id), default);
        Guid answer = (await store.FindComparisonAsync(comparison.Id, default))!.Answers[0].Id;

        Assert.Equal(new DeletionReport(1, 1, 1, 1, 0), await store.DeleteExchangeAsync(a.Id, default));
        Assert.True((await store.DeleteExchangeAsync(a.Id, default)).IsEmpty);
        Assert.Null(await store.FindExchangeAsync(a.Id, default));
        Assert.Null(await store.FindComparisonAsync(comparison.Id, default));
        Assert.NotNull(await store.FindExchangeAsync(b.Id, default));
        IReadOnlyList<Tombstone> graves = await store.TombstonesAsync(0, default);
        Assert.Equal(
            new HashSet<(DeletedKind, Guid)> { (DeletedKind.Exchange, a.Id), (DeletedKind.Rating, rating), (DeletedKind.Comparison, comparison.Id), (DeletedKind.Answer, answer) },
            [.. graves.Select(t => (t.Kind, t.Id))]);
        Assert.All(graves, t => Assert.Equal((DeletionReason.Asked, Clock.Now), (t.Reason, t.Time)));
        Assert.Empty(await store.TombstonesAsync(graves[^1].Number, default));

        await store.AddExchangeAsync(a, default);
        Assert.Null(await store.FindExchangeAsync(a.Id, default));        // a late write does not bring it back
        Assert.False(await store.SetReplyAsync(a.Id, Reply("late"), default));
    }

    [Fact]
    public async Task Later_prompts_lose_the_tokens_that_repeat_deleted_text()
    {
        ExchangeRecord a = await AddAsync(Alice, "a"), b = await AddAsync(Alice, "b", a), c = await AddAsync(Alice, "c", b), sibling = await RetryAsync(a);
        DeletionReport report = await store.DeleteExchangeAsync(a.Id, default);
        Assert.Equal(2, report.ErasedContexts);
        foreach (ExchangeRecord later in new[] { b, c })
        {
            Same(later with { IsContextErased = true, PromptTokens = [] }, (await store.FindExchangeAsync(later.Id, default))!);
        }
        Same(sibling, (await store.FindExchangeAsync(sibling.Id, default))!);
        Assert.Contains(await store.TombstonesAsync(0, default), t => (t.Kind, t.Id) == (DeletedKind.ExchangeText, c.Id));
        ExchangeRecord late = await AddAsync(Alice, "d", c), orphan = await AddAsync(Alice, "e", a);
        Assert.True((await store.FindExchangeAsync(late.Id, default))!.IsContextErased);
        Assert.Empty((await store.FindExchangeAsync(orphan.Id, default))!.PromptTokens);
        Assert.False(await store.SetPromptTokensAsync(late.Id, [1], default));
    }

    [Fact]
    public async Task Deleted_messages_delete_their_exchange_whichever_part_it_was()
    {
        ExchangeRecord a = await AddAsync(Alice, "a"), b = await AddAsync(Alice, "b"), c = await AddAsync(Alice, "c");
        await store.AttachMessagesAsync(a.Id, [new("1", false), new("2", true), new("3", true)], default);
        await store.AttachMessagesAsync(b.Id, [new("4", true)], default);
        await store.AttachMessagesAsync(c.Id, [new("5", true)], default);
        Assert.Equal(0, (await store.DeleteMessagesAsync(Platforms.Discord, ["3"], default)).Exchanges);
        Assert.Equal(2, (await store.DeleteMessagesAsync(Platforms.Web, ["3", "4", "999", "'; DROP TABLE exchanges; --"], default)).Exchanges);
        Assert.Null(await store.FindByMessageAsync(Platforms.Web, "1", default));
        Assert.Equal(c.Id, Assert.Single((await store.FindAsync(new FeedbackQuery(), default)).Items).Exchange.Id);
        Assert.Contains(await store.TombstonesAsync(0, default), t => t.Reason == DeletionReason.MessageDeleted);
    }

    [Fact]
    public async Task A_forgotten_person_is_nowhere_any_more()
    {
        ExchangeRecord own = await AddAsync(Bob, "mine"), others = New(Alice, "hers", null) with { OtherParticipants = [Bob] };
        await store.AddExchangeAsync(others, default);
        ExchangeRecord following = await AddAsync(Alice, "then", others), apart = await AddAsync(Alice, "apart");
        ExchangeRecord retry = await RetryAsync(apart);
        await RateAsync(own, Alice, 1);
        await RateAsync(apart, Bob, 1);
        await RateAsync(apart, Alice, -1);
        ComparisonRecord comparison = await store.CompareAsync([apart.Id, retry.Id], new Random(1), default);
        await store.AnswerAsync(NewAnswer.Tie(comparison.Id, Person(Bob)), default);
        await store.AnswerAsync(NewAnswer.Tie(comparison.Id, Person(Alice)), default);
        await store.SetConsentAsync(new PersonConsent(Bob, "", ConsentState.OptedIn, "v1", Clock.Now), default);

        Assert.Equal(new DeletionReport(1, 2, 0, 1, 2), await store.ForgetPersonAsync(Bob, default));
        Assert.Null(await store.FindRaterAsync(Bob, default));
        Assert.Null(await store.FindConsentAsync(Bob, "", default));
        Assert.Empty((await store.ListConversationsAsync(Bob, null, 10, default)).Items);
        Assert.Equal(Alice, Assert.Single(await store.RatingsOfAsync(apart.Id, default)).Person);
        Assert.Equal(Alice, Assert.Single((await store.FindComparisonAsync(comparison.Id, default))!.Answers).Person);
        Same(others with { OtherParticipants = [], PromptTokens = [], IsContextErased = true }, (await store.FindExchangeAsync(others.Id, default))!);
        Assert.True((await store.FindExchangeAsync(following.Id, default))!.IsContextErased);
        Same(apart, (await store.FindExchangeAsync(apart.Id, default))!);
        Assert.True((await store.ForgetPersonAsync(Bob, default)).IsEmpty);
    }

    [Fact]
    public async Task A_member_who_left_is_forgotten_on_that_server_only()
    {
        var here = new Place(Platforms.Discord, "s1", "c1", "");
        ExchangeRecord own = New(Bob, "mine", null) with { Place = here }, others = New(Alice, "hers", null) with { Place = here, OtherParticipants = [Bob] };
        ExchangeRecord elsewhere = New(Bob, "elsewhere", null) with { Place = here with { Server = "s2" }, OtherParticipants = [Alice] };
        foreach (ExchangeRecord exchange in new[] { own, others, elsewhere })
        {
            await store.AddExchangeAsync(exchange, default);
            await RateAsync(exchange, Bob, 1);
        }
        await RateAsync(others, Alice, -1);
        ExchangeRecord retry = await RetryAsync(others);
        ComparisonRecord comparison = await store.CompareAsync([others.Id, retry.Id], null, default);
        Assert.Equal([others.Id, retry.Id], comparison.Shown);               // the caller drew the order
        await store.AnswerAsync(NewAnswer.Tie(comparison.Id, Person(Bob)), default);
        await store.SetConsentAsync(new PersonConsent(Bob, "s1", ConsentState.OptedIn, "v1", Clock.Now), default);
        await store.SetConsentAsync(new PersonConsent(Bob, "", ConsentState.OptedOut, "v1", Clock.Now), default);

        Assert.Equal(new DeletionReport(1, 2, 0, 1, 1), await store.ForgetMemberAsync(Bob, Platforms.Discord, "s1", default));
        Assert.Null(await store.FindExchangeAsync(own.Id, default));
        Same(elsewhere, (await store.FindExchangeAsync(elsewhere.Id, default))!);
        Same(others with { OtherParticipants = [], PromptTokens = [], IsContextErased = true }, (await store.FindExchangeAsync(others.Id, default))!);
        Assert.Equal(Alice, Assert.Single(await store.RatingsOfAsync(others.Id, default)).Person);
        Assert.Equal(Bob, Assert.Single(await store.RatingsOfAsync(elsewhere.Id, default)).Person);
        Assert.Empty((await store.FindComparisonAsync(comparison.Id, default))!.Answers);
        Assert.Equal(ConsentState.OptedOut, (await store.FindConsentAsync(Bob, "s1", default))!.State);
        Assert.True((await store.ForgetMemberAsync(Bob, Platforms.Discord, "s1", default)).IsEmpty);
    }

    [Fact]
    public async Task Leaving_a_place_deletes_what_was_said_there_and_no_more()
    {
        foreach ((string server, string channel, string thread) in new[] { ("s1", "c1", ""), ("s1", "c1", "t1"), ("s1", "c2", ""), ("s2", "c3", "") })
        {
            await store.AddExchangeAsync(New(Alice, server + channel + thread, null) with { Place = new Place(Platforms.Discord, server, channel, thread) }, default);
        }
        await AddAsync(Alice, "web");
        await store.SetServerPolicyAsync(new ServerPolicy(Platforms.Discord, "s1", TrainingContent.Consented, "v1", Clock.Now), default);
        await store.SetConsentAsync(new PersonConsent(Alice, "s1", ConsentState.OptedIn, "v1", Clock.Now), default);

        Assert.Equal(1, (await store.DeletePlaceAsync(new Place(Platforms.Discord, "s1", "c1", "t1"), default)).Exchanges);
        Assert.Equal(["s1c1", "s1c2", "s2c3", "web"], await PromptsAsync());
        Assert.NotNull(await store.FindServerPolicyAsync(Platforms.Discord, "s1", default));
        Assert.Equal(2, (await store.DeletePlaceAsync(new Place(Platforms.Discord, "s1", "", ""), default)).Exchanges);
        Assert.Equal(["s2c3", "web"], await PromptsAsync());
        Assert.Null(await store.FindServerPolicyAsync(Platforms.Discord, "s1", default));
        Assert.Null(await store.FindConsentAsync(Alice, "s1", default));
        await RefusedAsync("names no server", () => store.DeletePlaceAsync(Place.Of(Platforms.Web), default));
        Assert.Equal(["s2c3", "web"], await PromptsAsync());
    }

    [Fact]
    public async Task A_conversation_can_be_deleted_whole()
    {
        ExchangeRecord a = await AddAsync(Alice, "a");
        await AddAsync(Alice, "b", a);
        await AddAsync(Alice, "other");
        Assert.Equal(2, (await store.DeleteConversationAsync(a.Conversation, default)).Exchanges);
        Assert.Equal(["other"], await PromptsAsync());
    }

    [Fact]
    public async Task Retention_erases_old_texts_and_deletes_older_exchanges()
    {
        ExchangeRecord oldest = await AddAsync(Alice, "oldest");
        await RateAsync(oldest, Bob, 1);
        Clock.Advance(TimeSpan.FromDays(10));
        ExchangeRecord old = await AddAsync(Alice, "old");
        await RateAsync(old, Bob, -1, RatingReason.Wrong, "comment");
        Clock.Advance(TimeSpan.FromDays(10));
        ExchangeRecord fresh = await AddAsync(Alice, "fresh", old), apart = await AddAsync(Alice, "apart");

        await RefusedAsync("must be at least 1 day", () => store.ApplyRetentionAsync(new RetentionOptions { TextDays = 0 }, default));
        Assert.True((await store.ApplyRetentionAsync(new RetentionOptions(), default)).IsEmpty);
        Assert.Equal(new DeletionReport(1, 1, 0, 0, 2), await store.ApplyRetentionAsync(new RetentionOptions { ExchangeDays = 15, TextDays = 5 }, default));
        Assert.Null(await store.FindExchangeAsync(oldest.Id, default));
        ExchangeRecord erased = (await store.FindExchangeAsync(old.Id, default))!;
        Assert.Equal((null, null, 0, 0, true), (erased.Prompt, erased.Reply!.Text, erased.PromptTokens.Count, erased.Reply.Tokens.Count, erased.IsContextErased));
        Rating kept = Assert.Single(await store.RatingsOfAsync(old.Id, default));
        Assert.Equal((-1, RatingReason.Wrong, null), (kept.Value, kept.Reason, kept.Comment));
        Assert.Equal(RatingOutcome.NotRateable, await RateAsync(old, Alice, 1));
        Assert.Empty((await store.FindExchangeAsync(fresh.Id, default))!.PromptTokens);
        Same(apart, (await store.FindExchangeAsync(apart.Id, default))!);
        Assert.True((await store.ApplyRetentionAsync(new RetentionOptions { ExchangeDays = 15, TextDays = 5 }, default)).IsEmpty);
    }

    private async Task<IEnumerable<string?>> PromptsAsync() =>
        (await store.FindAsync(new FeedbackQuery(), default)).Items.Select(row => row.Exchange.Prompt).Order(StringComparer.Ordinal);
}
