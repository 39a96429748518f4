namespace MicroChat.Web.Operator;

/// <summary>Whether the caller is the operator.</summary>
/// <param name="NeedsKey">Whether a key is set, so that a login can help.</param>
internal sealed record OperatorSessionBody(bool Allowed, bool NeedsKey);

internal sealed record LoginBody(string? Key);

/// <param name="Next">Cursor of the following page; null: this was the last.</param>
internal sealed record FeedbackListBody(IReadOnlyList<FeedbackItem> Items, string? Next);

/// <summary>An exchange as the operator sees it.</summary>
/// <param name="Person">Pseudonym of who wrote the prompt.</param>
/// <param name="Prompt">Null: erased.</param>
/// <param name="Reply">Null: erased, or not there yet.</param>
/// <param name="Status">"complete", "stopped", "failed" or "running".</param>
internal sealed record FeedbackItem(
    Guid Id, Guid Conversation, DateTimeOffset Time, string Platform, string Person, string? Prompt, string? Reply, string Generation,
    string Status, IReadOnlyList<OperatorRating> Ratings);

/// <param name="ByAsker">Whether who rated is who asked.</param>
internal sealed record OperatorRating(string Person, bool ByAsker, int Value, string? Reason, string? Comment, DateTimeOffset Time);

/// <summary>One exchange with everything around it.</summary>
/// <param name="Before">The conversation up to it.</param>
/// <param name="Candidates">All replies to the same prompt, this one included.</param>
/// <param name="Sampling">The sampling options as JSON.</param>
/// <param name="Consent">"yes", "no" or "never asked".</param>
internal sealed record FeedbackDetailBody(
    FeedbackItem Item, string? System, IReadOnlyList<SaidBody> Before, IReadOnlyList<FeedbackItem> Candidates, string Sampling, long? Seed,
    int PromptTokens, int ReplyTokens, string Consent);

/// <summary>An earlier exchange of the conversation.</summary>
internal sealed record SaidBody(string? Prompt, string? Reply);

/// <summary>Counts per day and per generation of the model.</summary>
internal sealed record StatisticsBody(long Persons, IReadOnlyList<DayBody> Days, IReadOnlyList<GenerationBody> Generations);

internal sealed record DayBody(DateOnly Day, long Exchanges, long Up, long Down, long Comparisons);

/// <param name="Share">Share of 👍 among the ratings; null: no ratings.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end.</param>
internal sealed record GenerationBody(string Generation, long Exchanges, long Up, long Down, double? Share, double? Low, double? High);

/// <summary>What an export wrote.</summary>
internal sealed record ExportBody(
    string Folder, IReadOnlyList<ExportedFile> Files, IReadOnlyDictionary<string, long> ConsentBasis, IReadOnlyDictionary<string, long> LeftOut);

internal sealed record ExportedFile(string Path, string Kind, string Split, long Rows, long Bytes);

/// <summary>A prompt of the operator's own that wants several replies.</summary>
internal sealed record ArenaBody(string? Prompt, int Count);

/// <summary>Replies that are to be ranked.</summary>
internal sealed record CandidatesBody(IReadOnlyList<Guid>? Exchanges);

/// <summary>A ranking: every candidate once, the best tier first. No tiers: all of them are bad.</summary>
internal sealed record RankBody(Guid Comparison, IReadOnlyList<IReadOnlyList<Guid>>? Tiers);

/// <summary>Comparisons that the operator has not answered.</summary>
internal sealed record RankingListBody(IReadOnlyList<RankingItem> Items, string? Next);

/// <param name="Replies">In the order in which they are to be shown.</param>
internal sealed record RankingItem(Guid Id, DateTimeOffset Time, string Prompt, IReadOnlyList<RankedReply> Replies);

internal sealed record RankedReply(Guid Id, string Text, string Generation);

internal sealed record RunListBody(string Folder, IReadOnlyList<RunItem> Runs);

/// <param name="Active">Whether something was measured in the last minutes.</param>
/// <param name="Last">The newest value of each metric; those that are not finite are left out.</param>
internal sealed record RunItem(string Name, DateTimeOffset Updated, bool Active, long Step, long Tokens, IReadOnlyDictionary<string, double> Last);

/// <param name="Curves">Metric → its curve.</param>
/// <param name="Samples">Replies to the same prompts at the first and the newest sampling.</param>
internal sealed record RunBody(
    RunItem Run, IReadOnlyDictionary<string, RunCurve> Curves, long SamplesFrom, long SamplesTo, IReadOnlyList<RunSample> Samples);

/// <summary>A metric over the steps; where there were more values than points, a point stands for several.</summary>
/// <param name="NotFinite">How many values were NaN or infinite; they are left out.</param>
internal sealed record RunCurve(
    IReadOnlyList<long> Step, IReadOnlyList<double> Mean, IReadOnlyList<double> Low, IReadOnlyList<double> High, int NotFinite);

internal sealed record RunSample(string Prompt, string? Before, string? After);

/// <summary>The generations of the model, the newest first.</summary>
internal sealed record ModelListBody(IReadOnlyList<ModelItem> Models, bool CanRollBack);

/// <param name="Id">What promoting names it by.</param>
/// <param name="Generation">As feedback names it.</param>
/// <param name="Live">Whether it replies now.</param>
/// <param name="Parent">Generation that it was trained from; null: unknown, or none.</param>
/// <param name="Parameters">Number of weights.</param>
/// <param name="ContextTokens">Longest prompt plus reply. Unit: tokens.</param>
/// <param name="Card">Its model card in Markdown; null: there is none.</param>
/// <param name="Note">Why it was promoted or rejected; null: nothing to say.</param>
internal sealed record ModelItem(
    string Id, string Generation, bool Live, string? Parent, DateTimeOffset? Created, long? Parameters, int? ContextTokens, string? Card, string? Note);

internal sealed record PromoteBody(string? Model);
