using System.Text.Json;

namespace MicroChat.Feedback;

/// <summary>What an exchange must be like, whatever database it goes into.</summary>
internal static class ExchangeRules
{
    public static void Require(ExchangeRecord exchange)
    {
        Check(exchange.Id != Guid.Empty && exchange.Conversation != Guid.Empty, exchange.Id, "its id or conversation is empty; make them with Guid.CreateVersion7");
        Check(exchange.Parent != exchange.Id, exchange.Id, "it is its own parent");
        Check(exchange.EarlierInPrompt is null or >= 0, exchange.Id, $"it repeats {exchange.EarlierInPrompt} earlier exchanges; give 0 or more, or null for all");
        Check(exchange.Prompt is not null, exchange.Id, "its prompt is null; a new exchange has a prompt, which may be empty");
        Check(exchange.Place.Platform.Length > 0, exchange.Id, "its platform is empty; name one of Platforms");
        Check(IsJsonObject(exchange.SamplingJson), exchange.Id, "its sampling options are no JSON object");
        _ = exchange.Person.Value;
        if (exchange.Reply is { } reply)
        {
            Require(exchange.Id, reply);
        }
    }

    public static void Require(Guid exchange, ExchangeReply reply)
    {
        Check(reply.Text is not null, exchange, "the text of its reply is null; a new reply has a text, which may be empty");
        Check(reply.LogProbabilities.Count == 0 || reply.LogProbabilities.Count == reply.Tokens.Count, exchange,
            $"its reply has {reply.Tokens.Count} tokens and {reply.LogProbabilities.Count} log-probabilities; give one per token, or none");
    }

    public static void Require(NewRating rating)
    {
        Check(rating.Value is 1 or -1, rating.Exchange, $"the rating is {rating.Value}; it must be +1 or -1");
        Check((rating.Comment?.Length ?? 0) <= NewRating.LongestComment, rating.Exchange,
            $"the comment has {rating.Comment?.Length} characters; {NewRating.LongestComment} are allowed. Shorten it");
        _ = rating.Rater.Person.Value;
    }

    private static bool IsJsonObject(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Check(bool holds, Guid exchange, string fault)
    {
        if (!holds)
        {
            throw new FeedbackException($"Exchange {exchange}: {fault}. Nothing was written.");
        }
    }
}
