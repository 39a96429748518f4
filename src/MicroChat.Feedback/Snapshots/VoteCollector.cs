using MicroChat.Feedback.Trust;

namespace MicroChat.Feedback.Snapshots;

/// <summary>Gathers the votes that may be used, for <see cref="TrustJudge"/>: those on what a snapshot takes, and answers to planted controls.</summary>
internal sealed class VoteCollector(ISnapshotSource source, ConsentJudge judge)
{
    private readonly List<TrustVote> votes = [];

    public IReadOnlyList<TrustVote> Votes => votes;

    /// <param name="all">The exchanges of a conversation.</param>
    /// <param name="taken">What of it may be trained on.</param>
    public void Add(IReadOnlyList<RatedExchange> all, IReadOnlyList<Taken> taken)
    {
        Dictionary<Guid, Taken> byId = taken.ToDictionary(one => one.Exchange.Id);
        foreach (Taken one in taken)
        {
            votes.AddRange(one.Ratings.Where(rating => judge.MayVote(rating.Person, one.Exchange, one.Basis)).Select(rating => TrustVote.Of(rating, one.Exchange.Place)));
            Add(one.Exchange, one.Basis, comparison => comparison.Shown.All(byId.ContainsKey));
        }
        foreach (RatedExchange one in all.Where(one => one.Exchange.Origin == PromptOrigin.Control))
        {
            Add(one.Exchange, ConsentJudge.OperatorPrompt, comparison => comparison.KnownBest is not null);
        }
    }

    private void Add(ExchangeRecord exchange, string basis, Func<ComparisonRecord, bool> isUsed)
    {
        foreach (ComparisonRecord comparison in source.ComparisonsLedBy(exchange.Id).Where(isUsed))
        {
            votes.AddRange(comparison.Answers.Where(answer => judge.MayVote(answer.Person, exchange, basis)).Select(answer => TrustVote.Of(answer, comparison, exchange.Place)));
        }
    }
}
