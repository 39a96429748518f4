using MicroChat.Chat;
using MicroChat.Chat.Decorators;

namespace MicroChat.Discord.Answers;

/// <summary>What people are told when there is no answer; short, and never a word of theirs or of the inside.</summary>
/// <param name="Text">The message.</param>
/// <param name="MayRetry">Whether trying again makes sense.</param>
/// <param name="IsFault">Something is broken that the operator should see; the text then has an id.</param>
internal sealed record Outcome(string Text, bool MayRetry, bool IsFault)
{
    public static Outcome Of(Exception failure, string id) => failure switch
    {
        QueueFullException full => new Outcome($"I have too much to do right now. Please try again in {Seconds(full.RetryAfter)}.", true, false),
        LimitReachedException limit => new Outcome($"You have used up your share for now. Please come back in {Seconds(limit.RetryAfter)}.", true, false),
        MessageTooLongException tooLong => new Outcome($"That is too long for me: {tooLong.Tokens} tokens, and {tooLong.Limit} fit. Please shorten it.", false, false),
        ArgumentException => new Outcome($"I cannot answer that as I am set up (error {id}). Please tell the operator.", false, true),
        _ => new Outcome($"Something went wrong (error {id}).", true, true),
    };

    public static readonly Outcome Nothing = new("I had nothing to say to that. Try again, or put it in other words.", true, false);

    public static readonly Outcome Withheld = new("I had better not say what I was about to say.", true, false);

    public static readonly Outcome Stopped = new("Stopped.", true, false);

    public static string Seconds(TimeSpan wait) => wait.TotalSeconds switch
    {
        < 90 => $"{Math.Max(1, Math.Ceiling(wait.TotalSeconds))} seconds",
        < 5_400 => $"{Math.Ceiling(wait.TotalMinutes)} minutes",
        _ => $"{Math.Ceiling(wait.TotalHours)} hours",
    };
}
