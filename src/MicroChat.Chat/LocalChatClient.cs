using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.AI;
using MicroChat.Model.Templates;

namespace MicroChat.Chat;

/// <summary>The model on this machine as an <see cref="IChatClient"/>.</summary>
/// <remarks>
/// Each update's <see cref="ChatResponseUpdate.RawRepresentation"/> is the <see cref="ReplyPiece"/> it came from (token id, log-probability,
/// place in the queue, prompt ids). What a request has beside sampling travels under the names in <see cref="ReplyOptions"/>.
/// The generator belongs to whoever made it: disposing this client leaves it alone.
/// </remarks>
public sealed class LocalChatClient(IReplyGenerator generator, TimeProvider time) : IChatClient
{
    /// <summary>The finish reason of a reply that was ended from outside: see <see cref="ReplyFinish.Interrupted"/>.</summary>
    public static readonly ChatFinishReason Interrupted = new("interrupted");

    private const string Provider = "microchat";

    private readonly ChatClientMetadata metadata = new(Provider, providerUri: null, generator.Info.Name);

    /// <summary>Tokens that these messages take as a prompt; what <see cref="ChatSession"/> keeps its budget with.</summary>
    /// <exception cref="ArgumentException">A message has a role or content that the model cannot read.</exception>
    public int CountTokens(IReadOnlyList<ChatMessage> messages) => generator.CountTokens(Turns(messages, instructions: null));

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An option or message that this model cannot honour; nothing was generated.</exception>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        UnsupportedOptions.Refuse(options, generator.Info.Name);
        return StreamAsync(Request(messages, options), cancellationToken);
    }

    /// <summary>Hands out this client, the generator, its card, or the metadata.</summary>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        object?[] services = [this, generator, generator.Info, metadata];
        return serviceKey is null ? services.FirstOrDefault(serviceType.IsInstanceOfType) : null;
    }

    /// <summary>Nothing to release.</summary>
    public void Dispose()
    {
    }

    private ReplyRequest Request(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        List<ChatTurn> turns = Turns(messages, options?.Instructions);
        bool continuation = ReplyOptions.IsContinuation(options);
        if (turns.Count == 0 || turns[^1].Role != ChatRole.User.Value)
        {
            throw new ArgumentException("The last message must be the user's: there is nothing to reply to.", nameof(messages));
        }
        if (continuation && turns.Count > 1)
        {
            throw new ArgumentException($"A text is to be continued, but there are {turns.Count} messages; put all of it into one.", nameof(messages));
        }
        string? user = ReplyOptions.UserOf(options);
        return new ReplyRequest(continuation ? [] : turns, SamplingMapping.ToSampling(options, generator.Info.Sampling))
        {
            Text = continuation ? turns[0].Content : null,
            User = user,
            Conversation = ReplyOptions.TextOf(options, ReplyOptions.Conversation) ?? Opening(user, turns),
            Server = ReplyOptions.TextOf(options, ReplyOptions.Server),
            Generation = ReplyOptions.TextOf(options, ReplyOptions.Generation),
            TopLogProbabilities = ReplyOptions.TopLogProbabilitiesOf(options),
        };
    }

    /// <summary>What stays the same while a conversation grows, for callers who send it whole and give it no name: who asks, and how it began.</summary>
    private static string Opening(string? user, IEnumerable<ChatTurn> turns)
    {
        var opening = new StringBuilder(user);
        foreach (ChatTurn turn in turns)
        {
            opening.Append('\n').Append(turn.Role).Append('\n').Append(turn.Content);
            if (turn.Role == ChatRole.User.Value)
            {
                break;
            }
        }
        return opening.ToString();
    }

    private async IAsyncEnumerable<ChatResponseUpdate> StreamAsync(
        ReplyRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DateTimeOffset created = time.GetUtcNow();
        string model = generator.Info.Name;
        string id = Guid.CreateVersion7(created).ToString("N");
        await foreach (ReplyPiece piece in generator.GenerateAsync(request, cancellationToken))
        {
            model = piece.Start?.Model.Name ?? model;
            var update = new ChatResponseUpdate(ChatRole.Assistant, piece.Text)
            {
                ResponseId = id,
                MessageId = id,
                ModelId = model,
                CreatedAt = created,
                FinishReason = Finish(piece.FinishReason),
                RawRepresentation = piece,
            };
            if (piece.Usage is { } usage)
            {
                update.Contents.Add(new UsageContent(new UsageDetails
                {
                    InputTokenCount = usage.PromptTokens,
                    CachedInputTokenCount = usage.CachedTokens,
                    OutputTokenCount = usage.ReplyTokens,
                    TotalTokenCount = usage.PromptTokens + usage.ReplyTokens,
                }));
            }
            yield return update;
        }
    }

    private static ChatFinishReason? Finish(ReplyFinish? finish) => finish switch
    {
        null => null,
        ReplyFinish.Length => ChatFinishReason.Length,
        ReplyFinish.Interrupted => Interrupted,
        _ => ChatFinishReason.Stop,
    };

    private static List<ChatTurn> Turns(IEnumerable<ChatMessage> messages, string? instructions)
    {
        var turns = new List<ChatTurn>();
        foreach (ChatMessage message in messages)
        {
            if (message.Role != ChatRole.System && message.Role != ChatRole.User && message.Role != ChatRole.Assistant)
            {
                throw new ArgumentException(
                    $"Message {turns.Count} has the role \"{message.Role}\"; this model reads system, user and assistant.", nameof(messages));
            }
            turns.Add(new ChatTurn(message.Role.Value, Text(message, turns.Count)));
        }
        if (!string.IsNullOrEmpty(instructions))
        {
            bool hasSystem = turns.Count > 0 && turns[0].Role == ChatRole.System.Value;
            string own = hasSystem ? $"{turns[0].Content}\n\n{instructions}" : instructions;
            turns.RemoveRange(0, hasSystem ? 1 : 0);
            turns.Insert(0, new ChatTurn(ChatRole.System.Value, own));
        }
        return turns;
    }

    private static string Text(ChatMessage message, int index)
    {
        var text = new StringBuilder();
        foreach (AIContent content in message.Contents)
        {
            text.Append(content is TextContent part
                ? part.Text
                : throw new ArgumentException($"Message {index} contains {content.GetType().Name}; this model reads text only."));
        }
        return text.ToString();
    }
}
