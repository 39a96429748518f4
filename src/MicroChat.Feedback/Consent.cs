namespace MicroChat.Feedback;

/// <summary>Whether somebody lets their words be trained on.</summary>
public enum ConsentState
{
    /// <summary>Nothing is known: counts as no, except on the operator's own platforms (see <see cref="SnapshotOptions.OwnPlatforms"/>).</summary>
    NeverAsked,

    OptedIn,

    /// <summary>Nothing of theirs, votes included, enters a snapshot.</summary>
    OptedOut,
}

/// <summary>A person's choice.</summary>
/// <param name="Person">Whose.</param>
/// <param name="Server">The server it holds for; empty: everywhere where there is no choice for the server itself.</param>
/// <param name="State">The choice.</param>
/// <param name="TextVersion">Version of the text that was shown, so that a changed text can be asked again.</param>
/// <param name="Time">When it was made.</param>
public sealed record PersonConsent(Pseudonym Person, string Server, ConsentState State, string TextVersion, DateTimeOffset Time);

/// <summary>What a server's moderators allow.</summary>
/// <param name="Platform">Usually <see cref="Platforms.Discord"/>.</param>
/// <param name="Server">Id of the server.</param>
/// <param name="Content">What may be trained on.</param>
/// <param name="TextVersion">Version of the text that was shown to who decided.</param>
/// <param name="Time">When it was decided.</param>
public sealed record ServerPolicy(string Platform, string Server, TrainingContent Content, string TextVersion, DateTimeOffset Time);

/// <summary>What of a server may be trained on; the value of <c>Training:DiscordContent</c> too.</summary>
public enum TrainingContent
{
    /// <summary>Only prompts of the operator's own bank, the bot's replies to them, and votes. The default.</summary>
    Arena,

    /// <summary>Also the messages of those who opted in.</summary>
    Consented,
}
