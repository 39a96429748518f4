using MicroChat.Feedback;
using MicroChat.Feedback.Trust;

namespace MicroChat.Trials;

/// <summary>People whose votes decide nothing: in quarantine, at odds with all others, or failing the planted controls, judged as for a snapshot. Kept for some minutes, because judging reads all votes.</summary>
internal sealed class RaterExclusion(IFeedbackStore store, SnapshotOptions options, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private IReadOnlySet<string> _excluded = new HashSet<string>();
    private DateTimeOffset? _judged;

    /// <summary>Their pseudonyms.</summary>
    public async Task<IReadOnlySet<string>> FindAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (_judged is not { } then || now - then >= Kept || now < then)
        {
            TrustReport report = await store.JudgeRatersAsync(options, cancellationToken);
            _excluded = report.Raters.Where(rater => rater.State != RaterState.Counted).Select(rater => rater.Rater.Value).ToHashSet(StringComparer.Ordinal);
            _judged = now;
        }
        return _excluded;
    }
}
