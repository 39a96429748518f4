namespace MicroChat.Feedback.Snapshots;

/// <summary>Decides what may be trained on, and says why (not).</summary>
internal sealed class ConsentJudge(ISnapshotSource source, SnapshotOptions options)
{
    public const string OperatorPrompt = "operator's prompt", OwnPlatform = "operator's own platform", OptedIn = "opted in";

    private readonly Dictionary<(Pseudonym, string), ConsentState> states = [];

    /// <summary>What allows an exchange and the conversation before it.</summary>
    /// <param name="path">The exchange, and before it those that its prompt repeats.</param>
    /// <param name="reason">Why it is left out.</param>
    /// <returns>Null: it is left out.</returns>
    public string? Basis(IReadOnlyList<ExchangeRecord> path, out string reason)
    {
        string? basis = OperatorPrompt;
        reason = "";
        foreach (ExchangeRecord exchange in path)
        {
            reason = Incomplete(exchange) ?? (exchange.Origin == PromptOrigin.OperatorBank && exchange.OtherParticipants.Count == 0 ? "" : Refusal(exchange));
            if (reason.Length > 0)
            {
                return null;
            }
            basis = Weaker(basis, exchange);
        }
        return basis;
    }

    /// <summary>Whether a person's vote counts.</summary>
    public bool MayVote(Pseudonym rater, ExchangeRecord exchange, string basis) => State(rater, exchange.Place.Server) switch
    {
        ConsentState.OptedIn => true,
        ConsentState.OptedOut => false,
        _ => basis == OperatorPrompt || IsOwn(exchange),
    };

    /// <summary>Whether a person's own words about a reply may be taken; a vote on the operator's prompt needs no consent, words always do.</summary>
    public bool MayQuote(Pseudonym rater, ExchangeRecord exchange) =>
        State(rater, exchange.Place.Server) == ConsentState.OptedIn || (State(rater, exchange.Place.Server) == ConsentState.NeverAsked && IsOwn(exchange));

    private static string? Incomplete(ExchangeRecord exchange) =>
        exchange.Origin == PromptOrigin.Control ? "planted control"
        : exchange.IsContextErased || exchange.Prompt is null || (exchange.Reply is not null && exchange.Reply.Text is null) ? "text was deleted"
        : exchange.Reply is null or { Status: ReplyStatus.Failed } ? "no whole reply"
        : string.IsNullOrWhiteSpace(exchange.Prompt) || string.IsNullOrWhiteSpace(exchange.Reply.Text) ? "empty text"
        : null;

    private string Refusal(ExchangeRecord exchange)
    {
        Place place = exchange.Place;
        if (place.Platform == Platforms.Discord)
        {
            if (place.Server.Length == 0)
            {
                return "direct message";
            }
            if (options.DiscordContent != TrainingContent.Consented || source.Content(place.Platform, place.Server) != TrainingContent.Consented)
            {
                return "Discord content is not permitted";
            }
        }
        ConsentState[] all = [.. exchange.OtherParticipants.Append(exchange.Person).Select(person => State(person, place.Server))];
        return all.Contains(ConsentState.OptedOut) ? "somebody opted out"
            : all.Contains(ConsentState.NeverAsked) && !IsOwn(exchange) ? "somebody was never asked"
            : "";
    }

    private string Weaker(string basis, ExchangeRecord exchange) =>
        exchange.Origin == PromptOrigin.OperatorBank && exchange.OtherParticipants.Count == 0 ? basis
        : exchange.OtherParticipants.Append(exchange.Person).All(person => State(person, exchange.Place.Server) == ConsentState.OptedIn) && basis != OwnPlatform ? OptedIn
        : OwnPlatform;

    private bool IsOwn(ExchangeRecord exchange) => options.OwnPlatforms.Contains(exchange.Place.Platform) && exchange.Place.Platform != Platforms.Discord;

    private ConsentState State(Pseudonym person, string server)
    {
        if (!states.TryGetValue((person, server), out ConsentState state))
        {
            states[(person, server)] = state = source.Consent(person, server);
        }
        return state;
    }
}
