using MicroChat.Discord.Simulator.Town;
using MicroChat.Feedback;

namespace MicroChat.Simulation;

/// <summary>Compares what members did with what the store keeps of it.</summary>
internal sealed class TownMeasures(IFeedbackStore store, TownLife life)
{
    private readonly Dictionary<ulong, ExchangeRecord> exchanges = [];
    private readonly HashSet<CastVote> settled = new(ReferenceEqualityComparer.Instance);
    private int missedBefore;

    /// <summary>Figures of a season, over the answers of one generation.</summary>
    public async Task<SeasonFigures> SeasonAsync(int season, int generation, int conversations, TimeSpan chatting, string? snapshot, CancellationToken stop)
    {
        TownLedger ledger = life.Ledger;
        List<SeenAnswer> fresh = [];
        foreach (SeenAnswer answer in ledger.Answers.Where(answer => answer.Season == season && answer.IsOpening))
        {
            if (await FindAsync(answer, stop) is { } exchange && GenerationOf(exchange) == generation)
            {
                fresh.Add(answer);
            }
        }
        HashSet<SeenAnswer> counted = [.. fresh];
        int missed = ledger.Unanswered - missedBefore;
        missedBefore += missed;
        CastVote[] votes = [.. ledger.Votes.Where(vote => vote is { Stands: true, Member.IsHonest: true } && counted.Contains(vote.Answer))];
        return new SeasonFigures
        {
            Season = season, Generation = generation, Conversations = conversations, Unanswered = missed, Chatting = chatting, Votes = votes.Length,
            UpRate = votes.Length == 0 ? null : WilsonInterval.Of(votes.Count(vote => vote.Value > 0), votes.Length),
            Gold = Mean(fresh, answer => answer.Gold), Words = Mean(fresh, answer => answer.Reply.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length),
            Coverage = await CoverageAsync(season, snapshot is null ? null : TownSnapshot.Read(snapshot), stop),
        };
    }

    /// <summary>Waits until the store holds the votes: the bot takes reactions and buttons on different ways, so that the last one shows nothing of those before it.</summary>
    public async Task SettleAsync(TimeSpan patience, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        List<CastVote> missing = [.. life.Ledger.Votes.Where(vote => MayCount(vote) && settled.Add(vote))];
        for (TimeSpan waited = TimeSpan.Zero; missing.Count > 0 && waited < patience; waited += timer.Period)
        {
            List<CastVote> still = [];
            foreach (CastVote vote in missing)
            {
                if (!await IsStoredAsync(vote, stop))
                {
                    still.Add(vote);
                }
            }
            missing = still;
            if (missing.Count > 0)
            {
                await timer.WaitForNextTickAsync(stop);
            }
        }
    }

    private async Task<VoteCoverage> CoverageAsync(int season, TownSnapshot? snapshot, CancellationToken stop)
    {
        int cast = 0, stored = 0, counted = 0, trolls = 0, trollsCast = 0;
        foreach (CastVote vote in life.Ledger.Votes.Where(vote => vote.Answer.Season == season && MayCount(vote)))
        {
            bool inSnapshot = snapshot is not null && await FindAsync(vote.Answer, stop) is { } exchange && snapshot.HasThumb(exchange.Id, PersonOf(vote.Member));
            if (!vote.Member.IsHonest)
            {
                trollsCast++;
                trolls += inSnapshot ? 1 : 0;
                continue;
            }
            cast++;
            stored += await IsStoredAsync(vote, stop) ? 1 : 0;
            counted += inSnapshot ? 1 : 0;
        }
        return new VoteCoverage(cast, stored, snapshot is null ? null : counted, snapshot is null ? null : trolls, trollsCast);
    }

    /// <summary>Whether nothing but trust keeps a vote from counting: it stands, voter and asker agreed, and the asker did not leave, which deletes the exchange.</summary>
    private bool MayCount(CastVote vote) => vote is { Stands: true, Member.Consent: MemberConsent.OptsIn, Answer.Asker.Consent: MemberConsent.OptsIn }
        && !life.Population.Gone.Contains(vote.Answer.Asker);

    private async Task<bool> IsStoredAsync(CastVote vote, CancellationToken stop) => await FindAsync(vote.Answer, stop) is { } exchange
        && (await store.RatingsOfAsync(exchange.Id, stop)).Any(rating => rating.Person == PersonOf(vote.Member) && rating.Value == vote.Value);

    private async Task<ExchangeRecord?> FindAsync(SeenAnswer answer, CancellationToken stop)
    {
        if (exchanges.TryGetValue(answer.Message.Id, out ExchangeRecord? known))
        {
            return known;
        }
        ExchangeRecord? found = await store.FindByMessageAsync(Platforms.Discord, $"{answer.Message.Id}", stop);
        if (found is not null)                      // a message is attached to its exchange a moment after it is shown
        {
            exchanges.Add(answer.Message.Id, found);
        }
        return found;
    }

    private Pseudonym PersonOf(Member member) => store.PseudonymOf(Platforms.Discord, $"{member.User.Id}");

    private static int GenerationOf(ExchangeRecord exchange) => int.TryParse(exchange.ModelVersion[(exchange.ModelVersion.LastIndexOf('@') + 1)..], out int generation) ? generation : 0;

    private static double Mean(List<SeenAnswer> answers, Func<SeenAnswer, double> of) => answers.Count == 0 ? 0 : answers.Average(of);
}
