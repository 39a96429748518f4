using Microsoft.Extensions.AI;

namespace MicroChat.Chat;

/// <summary>
/// What a <see cref="ReplyRequest"/> has beside sampling, as names of <see cref="ChatOptions.AdditionalProperties"/>:
/// the way from the edge through every decorator to <see cref="LocalChatClient"/>.
/// </summary>
public static class ReplyOptions
{
    /// <summary>Who asks; a text. See <see cref="ReplyRequest.User"/>.</summary>
    public const string User = "user";

    /// <summary>Alternatives per token; a whole number. See <see cref="ReplyRequest.TopLogProbabilities"/>.</summary>
    public const string TopLogProbabilities = "top_logprobs";

    /// <summary>True: the only message is a text to be continued as it stands. See <see cref="ReplyRequest.Text"/>.</summary>
    public const string Continuation = "continuation";

    /// <summary>The conversation; a text. See <see cref="ReplyRequest.Conversation"/>.</summary>
    public const string Conversation = "conversation";

    /// <summary>The server of the conversation; a text. See <see cref="ReplyRequest.Server"/>.</summary>
    public const string Server = "server";

    /// <summary>Which generation replies; a text. See <see cref="ReplyRequest.Generation"/>.</summary>
    public const string Generation = "generation";

    /// <summary>Who asks; null: nobody said.</summary>
    public static string? UserOf(ChatOptions? options) => TextOf(options, User);

    /// <summary>How many alternatives per token are wanted; null: no probabilities.</summary>
    /// <exception cref="ArgumentException">Not a whole number from 0 to <see cref="ReplyRequest.MostTopLogProbabilities"/>.</exception>
    internal static int? TopLogProbabilitiesOf(ChatOptions? options) => Find(options, TopLogProbabilities) switch
    {
        null => null,
        int count and >= 0 and <= ReplyRequest.MostTopLogProbabilities => count,
        var other => throw WrongType(TopLogProbabilities, other, $"a whole number from 0 to {ReplyRequest.MostTopLogProbabilities}"),
    };

    /// <summary>Whether a text is to be continued.</summary>
    internal static bool IsContinuation(ChatOptions? options) => Find(options, Continuation) switch
    {
        null => false,
        bool wanted => wanted,
        var other => throw WrongType(Continuation, other, "true or false"),
    };

    /// <summary>One of the properties that are texts; null: not given.</summary>
    /// <exception cref="ArgumentException">It is something else.</exception>
    internal static string? TextOf(ChatOptions? options, string name) => Find(options, name) switch
    {
        null => null,
        string text => text,
        var other => throw WrongType(name, other, "a text"),
    };

    /// <summary>Whether a property is one of these.</summary>
    internal static bool Knows(string name) => name is User or TopLogProbabilities or Continuation or Conversation or Server or Generation;

    private static object? Find(ChatOptions? options, string name) => options?.AdditionalProperties?.GetValueOrDefault(name);

    private static ArgumentException WrongType(string name, object value, string wish) =>
        new($"ChatOptions.AdditionalProperties[\"{name}\"] is {value}; it must be {wish}.");
}
