using System.Text.Json;
using MicroChat.Feedback;

namespace MicroChat.Tests.Feedback;

/// <summary>What every implementation of <see cref="IFeedbackStore"/> must do; an implementation's test class derives from this and says how to open an empty store.</summary>
public abstract partial class FeedbackStoreContract : IAsyncLifetime
{
    private IFeedbackStore store = null!;

    private protected ManualClock Clock { get; } = new();

    private protected IFeedbackStore Store => store;

    private protected string Folder { get; } = Directory.CreateTempSubdirectory("microchat-feedback-").FullName;

    private Pseudonym Alice => store.PseudonymOf(Platforms.Web, "alice");

    private Pseudonym Bob => store.PseudonymOf(Platforms.Web, "bob");

    public async ValueTask InitializeAsync() => store = await OpenEmptyAsync(Clock, "first");

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens an empty store; another name is another store.</summary>
    private protected abstract Task<IFeedbackStore> OpenEmptyAsync(TimeProvider time, string name);

    [Fact]
    public async Task An_exchange_comes_back_as_it_went_in()
    {
        ExchangeRecord first = await AddAsync(Alice, "first");
        ExchangeRecord whole = New(Alice, "Grüße, 世界 👩‍💻\0end", first) with
        {
            Place = new Place(Platforms.Discord, "s1", "c1", "t1"),
            OtherParticipants = [Bob],
            SystemPrompt = "Be kind.",
            PromptTokens = [1, 2, int.MaxValue],
            SamplingJson = """{"temperature":0.8}""",
            Seed = long.MinValue,
            Reply = new ExchangeReply { Status = ReplyStatus.Stopped, Text = "Hi", Tokens = [5, 6], LogProbabilities = [-0.5f, -1e-30f], Time = Clock.Now },
            Messages = [new PlatformMessage("900", false), new PlatformMessage("100", true)],
        };
        await store.AddExchangeAsync(whole, default);
        Same(whole, await store.FindExchangeAsync(whole.Id, default));
        Same(whole, await store.FindByMessageAsync(Platforms.Discord, "100", default));
        Assert.Null(await store.FindByMessageAsync(Platforms.Web, "100", default));
        Assert.Null(await store.FindExchangeAsync(Guid.NewGuid(), default));
    }

    [Fact]
    public async Task A_reply_and_its_messages_may_come_later()
    {
        ExchangeRecord pending = New(Alice, "hello", null) with { Reply = null };
        await store.AddExchangeAsync(pending, default);
        Assert.Null((await store.FindExchangeAsync(pending.Id, default))!.Reply);
        Assert.Equal(RatingOutcome.NotRateable, await RateAsync(pending, Bob, 1));

        Assert.True(await store.SetPromptTokensAsync(pending.Id, [7, 8], default));
        Assert.True(await store.SetReplyAsync(pending.Id, Reply("partial"), default));
        Assert.True(await store.SetReplyAsync(pending.Id, Reply("whole"), default));
        Assert.True(await store.AttachMessagesAsync(pending.Id, [new PlatformMessage("m1", true)], default));
        Assert.True(await store.AttachMessagesAsync(pending.Id, [new PlatformMessage("m2", true)], default));
        Same(pending with { PromptTokens = [7, 8], Reply = Reply("whole"), Messages = [new("m1", true), new("m2", true)] },
            await store.FindExchangeAsync(pending.Id, default));

        Assert.False(await store.SetReplyAsync(Guid.NewGuid(), Reply("x"), default));
        Assert.False(await store.SetPromptTokensAsync(Guid.NewGuid(), [1], default));
        Assert.False(await store.AttachMessagesAsync(Guid.NewGuid(), [new PlatformMessage("m3", true)], default));
    }

    [Fact]
    public async Task Adding_an_exchange_twice_changes_nothing()
    {
        ExchangeRecord exchange = await AddAsync(Alice, "once");
        await RateAsync(exchange, Bob, 1);
        await store.AddExchangeAsync(exchange with { Prompt = "twice" }, default);
        Same(exchange, await store.FindExchangeAsync(exchange.Id, default));
        Assert.Single(await store.RatingsOfAsync(exchange.Id, default));
        await RefusedAsync("is in conversation", () => store.AddExchangeAsync(exchange with { Conversation = Guid.NewGuid() }, default));
    }

    [Fact]
    public async Task Senseless_exchanges_are_refused_and_leave_nothing()
    {
        ExchangeRecord good = New(Alice, "hi", null), other = await AddAsync(Alice, "other");
        await RefusedAsync("never had", () => store.AddExchangeAsync(good with { Parent = Guid.NewGuid() }, default));
        await RefusedAsync("another conversation", () => store.AddExchangeAsync(good with { Parent = other.Id }, default));
        await RefusedAsync("its own parent", () => store.AddExchangeAsync(good with { Parent = good.Id }, default));
        await RefusedAsync("prompt is null", () => store.AddExchangeAsync(good with { Prompt = null }, default));
        await RefusedAsync("2 tokens and 1 log-prob", () => store.AddExchangeAsync(
            good with { Reply = Reply("x") with { Tokens = [1, 2], LogProbabilities = [-1f] } }, default));
        Assert.Null(await store.FindExchangeAsync(good.Id, default));
        Assert.Single((await store.FindAsync(new FeedbackQuery(), default)).Items);
    }

    [Fact]
    public async Task The_last_rating_of_a_person_counts()
    {
        ExchangeRecord exchange = await AddAsync(Alice, "hi");
        Assert.Equal(RatingOutcome.Stored, await RateAsync(exchange, Bob, 1));
        Rating first = Assert.Single(await store.RatingsOfAsync(exchange.Id, default));
        Assert.Equal((exchange.Id, Bob, false, 1, null, null, Clock.Now), (first.Exchange, first.Person, first.IsByAsker, first.Value, first.Reason, first.Comment, first.Time));

        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(RatingOutcome.Unchanged, await RateAsync(exchange, Bob, 1));
        Assert.Equal(RatingOutcome.Changed, await RateAsync(exchange, Bob, -1, RatingReason.TooLong, "very ☹ long"));
        Assert.Equal(RatingOutcome.Stored, await RateAsync(exchange, Alice, 1));
        IReadOnlyList<Rating> both = await store.RatingsOfAsync(exchange.Id, default);
        Rating changed = both.Single(r => r.Person == Bob);
        Assert.Equal((first.Id, -1, RatingReason.TooLong, "very ☹ long", Clock.Now), (changed.Id, changed.Value, changed.Reason, changed.Comment, changed.Time));
        Assert.True(both.Single(r => r.Person == Alice).IsByAsker);
    }

    [Fact]
    public async Task Many_ratings_are_set_and_taken_back_in_one_step()
    {
        ExchangeRecord a = await AddAsync(Alice, "a"), b = await AddAsync(Alice, "b"), pending = New(Alice, "c", null) with { Reply = null };
        await store.AddExchangeAsync(pending, default);
        await RateAsync(a, Bob, 1);
        var robot = new Rater(Bob, RaterKind.Bot, null);
        Assert.Equal(3, await store.ChangeRatingsAsync(
            [new(a.Id, Person(Bob), null), new(a.Id, Person(Alice), -1), new(b.Id, Person(Bob), 1), new(b.Id, robot, -1), new(pending.Id, Person(Bob), 1), new(Guid.NewGuid(), Person(Bob), 1)], default));
        Assert.Equal((Alice, -1), Assert.Single((await store.RatingsOfAsync(a.Id, default)).Select(r => (r.Person, r.Value))));
        Assert.Equal((Bob, 1), Assert.Single((await store.RatingsOfAsync(b.Id, default)).Select(r => (r.Person, r.Value))));
        Assert.Equal(0, await store.ChangeRatingsAsync([new(b.Id, Person(Bob), 1), new(a.Id, Person(Bob), null)], default));
        Assert.Equal(0, await store.ChangeRatingsAsync([], default));
        await RefusedAsync("it must be +1 or -1", () => store.ChangeRatingsAsync([new(a.Id, Person(Bob), 1), new(b.Id, Person(Bob), 2)], default));
        Assert.Single(await store.RatingsOfAsync(a.Id, default));
    }

    [Fact]
    public async Task Taking_a_rating_back_deletes_it()
    {
        ExchangeRecord exchange = await AddAsync(Alice, "hi");
        await RateAsync(exchange, Alice, 1);
        await RateAsync(exchange, Bob, 1);
        Assert.True(await store.RetractRatingAsync(exchange.Id, Bob, default));
        Assert.False(await store.RetractRatingAsync(exchange.Id, Bob, default));
        Assert.Equal(Alice, Assert.Single(await store.RatingsOfAsync(exchange.Id, default)).Person);
        Assert.Equal(1, await store.RetractRatingsAsync(exchange.Id, default));
        Assert.Empty(await store.RatingsOfAsync(exchange.Id, default));
        Assert.Equal([DeletedKind.Rating, DeletedKind.Rating], (await store.TombstonesAsync(0, default)).Select(t => t.Kind));
    }

    [Theory]
    [InlineData(RaterKind.Self)]
    [InlineData(RaterKind.Bot)]
    [InlineData(RaterKind.Webhook)]
    public async Task Only_persons_count(RaterKind kind)
    {
        ExchangeRecord a = await AddAsync(Alice, "hi"), b = await RetryAsync(a);
        var rater = new Rater(Bob, kind, null);
        Assert.Equal(RatingOutcome.NotAPerson, await store.RateAsync(new NewRating(a.Id, rater, 1, null, null), default));
        ComparisonRecord comparison = await store.CompareAsync([a.Id, b.Id], new Random(1), default);
        Assert.Equal(RatingOutcome.NotAPerson, await store.AnswerAsync(NewAnswer.Tie(comparison.Id, rater), default));
        Assert.Empty(await store.RatingsOfAsync(a.Id, default));
        Assert.Empty((await store.FindComparisonAsync(comparison.Id, default))!.Answers);
        Assert.Empty(await store.RatersAsync(default));
    }

    [Fact]
    public async Task Ratings_that_make_no_sense_are_refused()
    {
        ExchangeRecord exchange = await AddAsync(Alice, "hi");
        await RefusedAsync("must be +1 or -1", () => RateAsync(exchange, Bob, 0));
        await RefusedAsync("4001 characters", () => RateAsync(exchange, Bob, 1, null, new string('x', 4_001)));
        Assert.Equal(RatingOutcome.Unknown, await store.RateAsync(new NewRating(Guid.NewGuid(), Person(Bob), 1, null, null), default));
        Assert.Empty(await store.RatingsOfAsync(exchange.Id, default));
    }

    [Fact]
    public async Task Raters_are_remembered_with_their_counts()
    {
        ExchangeRecord a = await AddAsync(Alice, "a"), b = await RetryAsync(a);
        DateTimeOffset seen = Clock.Now, created = new(2020, 1, 2, 3, 4, 5, TimeSpan.Zero);
        await store.RateAsync(new NewRating(a.Id, new Rater(Bob, RaterKind.Person, null), 1, null, null), default);
        Clock.Advance(TimeSpan.FromDays(1));
        await store.RateAsync(new NewRating(b.Id, new Rater(Bob, RaterKind.Person, created), -1, null, null), default);
        ComparisonRecord comparison = await store.CompareAsync([a.Id, b.Id], new Random(1), default);
        await store.AnswerAsync(NewAnswer.Winner(comparison.Id, Person(Bob), a.Id), default);
        var wanted = new RaterRecord { Person = Bob, FirstSeen = seen, AccountCreated = created, Up = 1, Down = 1, Answers = 1 };
        Assert.Equal(wanted, await store.FindRaterAsync(Bob, default));
        Assert.Equal([wanted], await store.RatersAsync(default));
        Assert.Null(await store.FindRaterAsync(Alice, default));
    }

    [Fact]
    public async Task Consent_of_a_server_goes_before_consent_for_everywhere()
    {
        Assert.Null(await store.FindConsentAsync(Bob, "s1", default));
        var everywhere = new PersonConsent(Bob, "", ConsentState.OptedIn, "v1", Clock.Now);
        var here = new PersonConsent(Bob, "s1", ConsentState.OptedOut, "v2", Clock.Now);
        await store.SetConsentAsync(everywhere, default);
        await store.SetConsentAsync(here with { State = ConsentState.OptedIn }, default);
        await store.SetConsentAsync(here, default);
        Assert.Equal(here, await store.FindConsentAsync(Bob, "s1", default));
        Assert.Equal(everywhere, await store.FindConsentAsync(Bob, "s2", default));
        Assert.Null(await store.FindConsentAsync(Alice, "s1", default));

        Assert.Null(await store.FindServerPolicyAsync(Platforms.Discord, "s1", default));
        var policy = new ServerPolicy(Platforms.Discord, "s1", TrainingContent.Consented, "v1", Clock.Now);
        await store.SetServerPolicyAsync(policy with { Content = TrainingContent.Arena }, default);
        await store.SetServerPolicyAsync(policy, default);
        Assert.Equal(policy, await store.FindServerPolicyAsync(Platforms.Discord, "s1", default));
    }

    [Fact]
    public void Pseudonyms_are_stable_and_tell_persons_and_platforms_apart()
    {
        Assert.Equal(Alice, store.PseudonymOf(Platforms.Web, "alice"));
        Assert.Equal(4, new[] { Alice, Bob, store.PseudonymOf(Platforms.Discord, "alice"), store.PseudonymOf("webal", "ice") }.Distinct().Count());
        Assert.Equal(Alice, Pseudonym.Parse(Alice.Value));
        Assert.False(Pseudonym.TryParse(Alice.Value.ToUpperInvariant() + "F", out _));
    }

    private protected ExchangeRecord New(Pseudonym person, string prompt, ExchangeRecord? parent)
    {
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        return new ExchangeRecord
        {
            Id = Guid.CreateVersion7(Clock.Now),
            Conversation = parent?.Conversation ?? Guid.CreateVersion7(Clock.Now),
            Parent = parent?.Id,
            Place = parent?.Place ?? Place.Of(Platforms.Web),
            Person = person,
            Prompt = prompt,
            PromptTokens = [1, 2, 3],
            ModelVersion = "gen-1",
            Time = Clock.Now,
            Reply = Reply("reply to " + prompt),
        };
    }

    private protected ExchangeReply Reply(string text) =>
        new() { Status = ReplyStatus.Complete, Text = text, Tokens = [4, 5], LogProbabilities = [-0.25f, -2f], Time = Clock.Now };

    private protected async Task<ExchangeRecord> AddAsync(Pseudonym person, string prompt, ExchangeRecord? parent = null)
    {
        ExchangeRecord exchange = New(person, prompt, parent);
        await store.AddExchangeAsync(exchange, default);
        return exchange;
    }

    private protected async Task<ExchangeRecord> RetryAsync(ExchangeRecord of)
    {
        ExchangeRecord retry = New(of.Person, of.Prompt!, null) with { Conversation = of.Conversation, Parent = of.Parent, Place = of.Place };
        retry = retry with { Reply = Reply("another reply to " + of.Prompt) };
        await store.AddExchangeAsync(retry, default);
        return retry;
    }

    private protected static Rater Person(Pseudonym person) => new(person, RaterKind.Person, null);

    private protected Task<RatingOutcome> RateAsync(ExchangeRecord exchange, Pseudonym by, int value, RatingReason? reason = null, string? comment = null) =>
        store.RateAsync(new NewRating(exchange.Id, Person(by), value, reason, comment), default);

    private protected static async Task RefusedAsync(string message, Func<Task> act) =>
        Assert.Contains(message, (await Assert.ThrowsAsync<FeedbackException>(act)).Message, StringComparison.Ordinal);

    /// <summary>Equality of records that hold lists.</summary>
    private protected static void Same<T>(T wanted, T found) => Assert.Equal(JsonSerializer.Serialize(wanted), JsonSerializer.Serialize(found));
}
