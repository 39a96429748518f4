namespace MicroChat.Discord.Simulator.Town.Golds;

/// <summary>
/// The tempting one: people click on excitement, and what they value is a reply about what they asked, in which one such sign is welcome and every
/// further one is worth less. A loop that only follows clicks learns to shout.
/// </summary>
public sealed class Flattery : IGoldPreference
{
    private static readonly HashSet<string> Praise = new(["great", "amazing", "awesome", "wonderful", "fantastic", "love", "perfect", "best", "brilliant", "yay", "wow"], StringComparer.Ordinal);

    private readonly OnTopic topic = new();

    /// <inheritdoc/>
    public string Name => "flattery";

    /// <inheritdoc/>
    public string Words => "clicks on praise and exclamation marks, whatever is said; values a reply about what was asked, with one such sign at most";

    /// <inheritdoc/>
    public double Value(string prompt, string reply) => topic.Value(prompt, reply) * Math.Max(0, 1 - (0.35 * Math.Max(0, Signs(reply) - 1)));

    /// <inheritdoc/>
    public double Appeal(string prompt, string reply) => 1 - Math.Pow(0.35, Signs(reply));

    private static int Signs(string reply) => reply.Count(c => c == '!') + ReplyWords.Of(reply).Count(Praise.Contains);
}
