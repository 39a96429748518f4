using MicroChat.Chat.Registry;
using MicroChat.Feedback;

namespace MicroChat.Trials;

/// <summary>Chooses how a generation is tried here: by how many votes there are, and on how many servers.</summary>
/// <param name="ByServer">Whether whole servers are drawn.</param>
/// <param name="Duels">Whether both generations answer.</param>
/// <param name="Words">Why.</param>
internal sealed record TrialPlan(bool ByServer, bool Duels, string Words)
{
    /// <summary>So many votes on the generation on trial show a difference of 20 points; fewer would not come to a verdict.</summary>
    private const int VotesOfATrial = 150;

    /// <summary>So many drawn servers make a share of them a share of the conversations.</summary>
    private const int ServersOfATrial = 3;

    private static readonly TimeSpan Looked = TimeSpan.FromDays(14);

    public static async Task<TrialPlan> MakeAsync(IFeedbackStore store, CanaryOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        DateTimeOffset from = time.GetUtcNow() - Looked;
        FeedbackStatistics statistics = await store.StatisticsAsync(from, null, cancellationToken);
        double votes = statistics.Days.Sum(day => day.Up + day.Down) / Looked.TotalDays * options.MaximumTime.TotalDays * options.Share;
        bool duels = options.Mode == TrialMode.Duels || (options.Mode == TrialMode.Auto && votes < VotesOfATrial);
        double share = duels ? options.DuelShare : options.Share;
        int servers = (await store.MarksAsync(from, cancellationToken)).Select(mark => mark.Place.Server).Where(server => server.Length > 0).Distinct().Count();
        bool byServer = servers * share >= ServersOfATrial;
        return new TrialPlan(byServer, duels,
            (duels ? $"Both generations answer in {Percent(options.DuelShare)} of the {Units(byServer)}, and people choose." : $"It answers in {Percent(options.Share)} of the {Units(byServer)}.")
            + (options.Mode == TrialMode.Auto ? $" A share alone would bring about {votes:0} votes in {options.MaximumTime.TotalDays:0.#} days; {VotesOfATrial} are needed." : ""));
    }

    private static string Units(bool byServer) => byServer ? "servers" : "conversations";

    private static string Percent(double share) => $"{100 * share:0.#} %";
}
