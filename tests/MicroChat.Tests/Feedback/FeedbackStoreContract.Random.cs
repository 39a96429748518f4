using MicroChat.Feedback;

namespace MicroChat.Tests.Feedback;

public abstract partial class FeedbackStoreContract
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Random_sequences_of_operations_do_what_the_model_does(int seed)
    {
        var random = new Random(seed);
        var model = new FeedbackModel();
        Pseudonym[] persons = [.. Enumerable.Range(0, 5).Select(i => store.PseudonymOf(Platforms.Web, $"person {i}"))];
        for (int step = 0; step < 120; step++)
        {
            Clock.Advance(TimeSpan.FromMinutes(random.Next(1, 2_000)));
            await StepAsync(random, model, persons);
            if (step % 20 == 19)
            {
                await CompareAsync(model);
            }
        }
    }

    private async Task StepAsync(Random random, FeedbackModel model, Pseudonym[] persons)
    {
        Pseudonym person = persons[random.Next(persons.Length)];
        Guid known = Pick(random, model.Exchanges.Keys);
        switch (random.Next(100))
        {
            case < 40:
                await AddRandomAsync(random, model, persons);
                break;
            case < 48:
                ExchangeReply reply = Reply($"later {random.Next()}");
                bool set = await store.SetReplyAsync(known, reply, default);
                Assert.Equal(model.Exchanges.TryGetValue(known, out ExchangeRecord? pending) && pending.Prompt is not null, set);
                if (set)
                {
                    model.Exchanges[known] = pending! with { Reply = reply };
                }
                break;
            case < 70:
                (int value, string? comment) = (random.Next(2) * 2 - 1, random.Next(3) == 0 ? $"comment {random.Next()}" : null);
                RatingOutcome outcome = await store.RateAsync(new NewRating(known, Person(person), value, null, comment), default);
                Assert.Equal(model.Rate(known, person, value, comment), outcome is RatingOutcome.Stored or RatingOutcome.Changed or RatingOutcome.Unchanged);
                break;
            case < 75:
                Assert.Equal(model.Ratings.Remove((known, person)), await store.RetractRatingAsync(known, person, default));
                break;
            case < 83:
                await CompareRandomAsync(random, model, known);
                break;
            case < 91:
                Guid comparison = Pick(random, model.Comparisons.Keys);
                NewAnswer answer = random.Next(2) == 0 ? NewAnswer.Tie(comparison, Person(person)) : NewAnswer.AllBad(comparison, Person(person));
                bool stored = await store.AnswerAsync(answer, default) != RatingOutcome.Unknown;
                Assert.Equal(model.Comparisons.ContainsKey(comparison), stored);
                if (stored)
                {
                    model.Answers[(comparison, person)] = answer.Outcome;
                }
                break;
            case < 96:
                await store.DeleteExchangeAsync(known, default);
                model.Delete(exchange => exchange.Id == known);
                break;
            case < 98:
                await store.ForgetPersonAsync(person, default);
                model.Forget(person);
                break;
            default:
                int days = random.Next(5, 40);
                await store.ApplyRetentionAsync(new RetentionOptions { TextDays = days, ExchangeDays = days * 2 }, default);
                model.Delete(exchange => exchange.Time < Clock.Now.AddDays(-days * 2));
                model.EraseTexts(Clock.Now.AddDays(-days));
                break;
        }
    }

    private async Task AddRandomAsync(Random random, FeedbackModel model, Pseudonym[] persons)
    {
        ExchangeRecord? parent = random.Next(2) == 0 && model.Exchanges.Count > 0 ? model.Exchanges[Pick(random, model.Exchanges.Keys)] : null;
        ExchangeRecord exchange = New(persons[random.Next(persons.Length)], $"prompt {random.Next(3)}", parent);
        Pseudonym other = persons[random.Next(persons.Length)];
        exchange = exchange with
        {
            Reply = random.Next(5) == 0 ? null : exchange.Reply,
            OtherParticipants = random.Next(4) == 0 && other != exchange.Person ? [other] : [],
        };
        await store.AddExchangeAsync(exchange, default);
        bool isContextErased = parent is not null && (parent.IsContextErased || parent.Prompt is null);
        model.Exchanges.Add(exchange.Id, isContextErased ? exchange with { IsContextErased = true, PromptTokens = [] } : exchange);
    }

    private async Task CompareRandomAsync(Random random, FeedbackModel model, Guid known)
    {
        if (!model.Exchanges.TryGetValue(known, out ExchangeRecord? exchange) || exchange.Reply?.Text is null)
        {
            return;
        }
        ExchangeRecord retry = New(exchange.Person, exchange.Prompt!, null) with { Conversation = exchange.Conversation, Parent = exchange.Parent, PromptTokens = [] };
        await store.AddExchangeAsync(retry, default);
        model.Exchanges.Add(retry.Id, (await store.FindExchangeAsync(retry.Id, default))!);
        ComparisonRecord comparison = await store.CompareAsync([known, retry.Id], random, default);
        model.Comparisons.Add(comparison.Id, comparison.Shown);
    }

    private async Task CompareAsync(FeedbackModel model)
    {
        var found = new List<RatedExchange>();
        for (string? cursor = null; found.Count == 0 || cursor is not null;)
        {
            Page<RatedExchange> page = await store.FindAsync(new FeedbackQuery { Limit = 7, Cursor = cursor }, default);
            found.AddRange(page.Items);
            cursor = page.Next;
            if (page.Items.Count == 0)
            {
                break;
            }
        }
        Same(model.Exchanges.Values.OrderBy(e => e.Id), found.Select(row => row.Exchange).OrderBy(e => e.Id));
        Assert.Equal(
            model.Ratings.Select(pair => $"{pair.Key} {pair.Value}").Order(StringComparer.Ordinal),
            found.SelectMany(row => row.Ratings).Select(r => $"{(r.Exchange, r.Person)} {(r.Value, r.Comment)}").Order(StringComparer.Ordinal));
        ComparisonRecord[] comparisons = [.. (await store.ListComparisonsAsync(null, null, 500, default)).Items];
        Same(model.Comparisons.OrderBy(pair => pair.Key).Select(pair => pair.Value), comparisons.OrderBy(c => c.Id).Select(c => c.Shown));
        Assert.Equal(
            model.Answers.Select(pair => $"{pair.Key} {pair.Value}").Order(StringComparer.Ordinal),
            comparisons.SelectMany(c => c.Answers.Select(a => $"{(c.Id, a.Person)} {a.Outcome}")).Order(StringComparer.Ordinal));
        Assert.Subset((await store.TombstonesAsync(0, default)).Select(t => t.Id).ToHashSet(), model.Deleted);
        FeedbackStatistics statistics = await store.StatisticsAsync(null, null, default);
        Assert.Equal(model.Ratings.Count, statistics.Models.Sum(m => m.Up + m.Down));
    }

    private static Guid Pick(Random random, IReadOnlyCollection<Guid> from) => from.Count == 0 ? Guid.Empty : from.Order().ElementAt(random.Next(from.Count));
}
