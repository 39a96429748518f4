using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace MicroChat.Tests.Chat;

/// <summary>An <see cref="IChatClient"/> that says what the test tells it to and remembers what it was asked.</summary>
internal sealed class ScriptedChatClient(params string[] replies) : IChatClient
{
    private int next;

    public List<List<ChatMessage>> Prompts { get; } = [];

    /// <summary>Called before each word of a reply, with the number of words said so far.</summary>
    public Action<int> BeforeWord { get; set; } = _ => { };

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Prompts.Add([.. messages]);
        await Task.Yield();
        string[] words = replies[next++ % replies.Length].Split(' ');
        for (int i = 0; i < words.Length; i++)
        {
            BeforeWord(i);
            cancellationToken.ThrowIfCancellationRequested();
            yield return new ChatResponseUpdate(ChatRole.Assistant, i == 0 ? words[i] : " " + words[i]) { ModelId = "scripted" };
        }
        yield return new ChatResponseUpdate(ChatRole.Assistant, "")
        {
            FinishReason = ChatFinishReason.Stop,
            Contents = [new UsageContent(new UsageDetails { InputTokenCount = 7, OutputTokenCount = words.Length })],
        };
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }

    /// <summary>One token per word, none for the template.</summary>
    public static int CountWords(IReadOnlyList<ChatMessage> messages) => messages.Sum(m => m.Text.Split(' ').Length);
}
