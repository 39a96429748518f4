using System.Runtime.CompilerServices;
using MicroChat.Chat;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;

namespace MicroChat.Tests.Program.Web;

/// <summary>A model whose replies the message chooses: "slow", "queue", "full", "break", "markdown"; else an echo that depends on the seed.</summary>
internal sealed class ScriptedModel : IReplyGenerator
{
    public const string Markdown = """
        Here is **how**:

        - first `one`
        - then <b>two</b>

        ```js
        alert("<script>");
        ```
        """;

    public List<ReplyRequest> Requests { get; } = [];

    /// <summary>Between two words.</summary>
    public TimeSpan Pause { get; set; } = TimeSpan.Zero;

    public ModelCard Info { get; set; } = new()
    {
        Name = "scripted",
        Version = "3",
        ContextTokens = 400,
        Parameters = 1_000,
        Sampling = new SamplingOptions { Temperature = 0.5, MaxReplyTokens = 100 },
    };

    public int CountTokens(IReadOnlyList<ChatTurn> turns) => turns.Sum(turn => turn.Content.Split(' ').Length);

    public async IAsyncEnumerable<ReplyPiece> GenerateAsync(ReplyRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        lock (Requests)
        {
            Requests.Add(request);
        }
        string message = request.Turns[^1].Content;
        await Task.Yield();
        if (message.Contains("full", StringComparison.Ordinal))
        {
            throw new QueueFullException("Sixty wait already.", TimeSpan.FromSeconds(7));
        }
        if (message.Contains("queue", StringComparison.Ordinal))
        {
            yield return new ReplyPiece("", null, null) { Queue = new QueueStatus(3, TimeSpan.FromSeconds(12)) };
            await Task.Delay(Pause * 12, cancellationToken);
        }
        yield return new ReplyPiece("", null, null) { Start = new ReplyStart([1, 2, 3], Info, request.Sampling.Seed ?? 0) };
        string[] words = Words(message, request.Sampling.Seed ?? 0);
        for (int i = 0; i < words.Length; i++)
        {
            await Task.Delay(Pause, cancellationToken);
            cancellationToken.ThrowIfCancellationRequested();
            if (i == 3 && message.Contains("break", StringComparison.Ordinal))
            {
                throw new InvalidOperationException("The model broke.");
            }
            yield return new ReplyPiece(i == 0 ? words[i] : " " + words[i], 100 + i, -0.5f);
        }
        yield return new ReplyPiece("", 2, -0.1f, ReplyFinish.EndOfText, new ReplyUsage(3, 0, words.Length + 1));
    }

    public void Dispose()
    {
    }

    private static string[] Words(string message, long seed) => message switch
    {
        _ when message.Contains("slow", StringComparison.Ordinal) => [.. Enumerable.Range(1, 2_000).Select(i => $"word{i}")],
        _ when message.Contains("markdown", StringComparison.Ordinal) => Markdown.Split(' '),
        _ => $"Thought {seed} about: {message}".Split(' '),
    };
}
