using System.Text.Json;

namespace MicroChat.Feedback.Snapshots;

/// <summary>Turns one conversation into rows.</summary>
/// <param name="files">Where they go.</param>
/// <param name="split">The conversation's split.</param>
/// <param name="judge">Whose words may be quoted.</param>
/// <param name="weigh">What a vote on an exchange weighs, by its id and person; 0: it is left out.</param>
/// <param name="tally">Counts the votes that are written.</param>
internal sealed class SnapshotConversation(SnapshotFiles files, string split, ConsentJudge judge, Func<Guid, Pseudonym, Taken, double> weigh, VoteTally tally)
{
    public void WriteExchange(Taken taken)
    {
        files.Add(split, "exchanges", Row(taken));
        (Rating Rating, double Weight)[] ratings =
            [.. taken.Ratings.Select(rating => (rating, weigh(rating.Id, rating.Person, taken))).Where(rated => rated.Item2 > 0)];
        foreach ((Rating rating, double weight) in ratings)
        {
            files.Add(split, "thumbs", Row(taken, rating, weight));
            tally.Add(rating, weight);
        }
        if (taken.Exchange.Reply!.Status == ReplyStatus.Complete && ratings.Length > 0 && ratings.All(rated => rated.Rating.Value > 0))
        {
            files.Add(split, "chat", new ChatRow
            {
                Exchange = taken.Exchange.Id,
                Messages = [.. Prompt(taken.Path), new TurnRow("assistant", taken.Exchange.Reply.Text!)],
            });
        }
    }

    public void WriteComparison(ComparisonRecord comparison, Dictionary<Guid, Taken> taken)
    {
        if (!comparison.Shown.All(taken.ContainsKey))
        {
            return;
        }
        Taken first = taken[comparison.Shown[0]];
        IReadOnlyList<TurnRow> prompt = Prompt(first.Path);
        foreach (ComparisonAnswer answer in comparison.Answers)
        {
            double weight = weigh(answer.Id, answer.Person, first);
            if (weight <= 0)
            {
                continue;
            }
            files.Add(split, "rankings", new RankingRow
            {
                Comparison = comparison.Id,
                Answer = answer.Id,
                Rater = answer.Person,
                Weight = weight,
                Outcome = answer.Outcome,
                Made = comparison.Time,
                Time = answer.Time,
                Prompt = prompt,
                Replies = [.. comparison.Shown.Select(id => new RankedRow(id, RankOf(answer, id), taken[id].Exchange.Reply!.Text!))],
            });
            WritePairs(answer, weight, prompt, taken);
        }
    }

    private void WritePairs(ComparisonAnswer answer, double weight, IReadOnlyList<TurnRow> prompt, Dictionary<Guid, Taken> taken)
    {
        for (int better = 0; better < answer.Tiers.Count; better++)
        {
            foreach (Guid chosen in answer.Tiers[better])
            {
                foreach (Guid rejected in answer.Tiers.Skip(better + 1).SelectMany(tier => tier))
                {
                    (string good, string bad) = (taken[chosen].Exchange.Reply!.Text!, taken[rejected].Exchange.Reply!.Text!);
                    if (good != bad)            // equal texts teach nothing, and readers refuse them
                    {
                        files.Add(split, "preferences", new PreferenceRow
                        {
                            Answer = answer.Id,
                            Rater = answer.Person,
                            Weight = weight,
                            Time = answer.Time,
                            ChosenExchange = chosen,
                            RejectedExchange = rejected,
                            Prompt = prompt,
                            Chosen = good,
                            Rejected = bad,
                        });
                        tally.Add(answer.Person, chosen, rejected, weight);
                    }
                }
            }
        }
    }

    private ThumbRow Row(Taken taken, Rating rating, double weight) => new()
    {
        Rating = rating.Id,
        Exchange = rating.Exchange,
        Rater = rating.Person,
        ByAsker = rating.IsByAsker,
        Value = rating.Value,
        Weight = weight,
        Reason = rating.Reason,
        Comment = judge.MayQuote(rating.Person, taken.Exchange) ? rating.Comment : null,
        Time = rating.Time,
        Model = taken.Exchange.ModelVersion,
        Prompt = Prompt(taken.Path),
        Completion = taken.Exchange.Reply!.Text!,
    };

    private static ExchangeRow Row(Taken taken)
    {
        ExchangeRecord exchange = taken.Exchange;
        ExchangeReply reply = exchange.Reply!;
        return new ExchangeRow
        {
            Exchange = exchange.Id,
            Conversation = exchange.Conversation,
            Parent = exchange.Parent,
            EarlierInPrompt = exchange.EarlierInPrompt,
            Basis = taken.Basis,
            Platform = exchange.Place.Platform,
            Server = exchange.Place.Server,
            Person = exchange.Person,
            OtherParticipants = exchange.OtherParticipants,
            Origin = exchange.Origin,
            System = exchange.SystemPrompt,
            Message = exchange.Prompt!,
            Reply = reply.Text!,
            Status = reply.Status,
            Model = exchange.ModelVersion,
            Sampling = JsonElement.Parse(exchange.SamplingJson),
            Seed = exchange.Seed,
            Time = exchange.Time,
            ReplyTime = reply.Time,
            PromptTokens = exchange.PromptTokens,
            ReplyTokens = reply.Tokens,
            LogProbabilities = reply.LogProbabilities,
        };
    }

    private static int RankOf(ComparisonAnswer answer, Guid candidate) => answer.Tiers.TakeWhile(tier => !tier.Contains(candidate)).Count();

    /// <summary>The turns before the reply of the last exchange.</summary>
    private static List<TurnRow> Prompt(IReadOnlyList<ExchangeRecord> path)
    {
        var turns = new List<TurnRow>();
        if (!string.IsNullOrWhiteSpace(path[^1].SystemPrompt))
        {
            turns.Add(new TurnRow("system", path[^1].SystemPrompt!));
        }
        foreach (ExchangeRecord earlier in path.SkipLast(1))
        {
            turns.Add(new TurnRow("user", earlier.Prompt!));
            turns.Add(new TurnRow("assistant", earlier.Reply!.Text!));
        }
        turns.Add(new TurnRow("user", path[^1].Prompt!));
        return turns;
    }
}
