using System.Runtime.CompilerServices;
using MicroChat.Chat;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;

namespace MicroChat.Tests.Program;

/// <summary>A model with the whole contract of replies: it says "echo:" and the prompt's words again, as slowly as the test wants.</summary>
internal sealed class ApiFake : IReplyGenerator
{
    private int running;

    /// <summary>Awaited before each word with its number; the cancellation is the reply's.</summary>
    public Func<int, CancellationToken, Task> BeforeWord { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Thrown in place of a reply.</summary>
    public Exception? Failure { get; set; }

    public List<ReplyRequest> Requests { get; } = [];

    /// <summary>Replies that have begun and not ended.</summary>
    public int Running => Volatile.Read(ref running);

    public bool Disposed { get; private set; }

    public ModelCard Info { get; } = new()
    {
        Name = "fake-1",
        ContextTokens = 1_000,
        Parameters = 1_500_000,
        Sampling = new SamplingOptions { MaxReplyTokens = 600 },
    };

    public int CountTokens(IReadOnlyList<ChatTurn> turns) => turns.Sum(t => t.Content.Split(' ').Length);

    public async IAsyncEnumerable<ReplyPiece> GenerateAsync(ReplyRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        lock (Requests)
        {
            Requests.Add(request);
        }
        await Task.Yield();
        string prompt = request.Text ?? request.Turns[^1].Content;
        int tokens = request.Text is null ? CountTokens(request.Turns) : prompt.Split(' ').Length;
        if (Failure is not null)
        {
            throw Failure;
        }
        if (tokens > Info.ContextTokens)
        {
            throw new MessageTooLongException($"The prompt takes {tokens} tokens; {Info.ContextTokens} fit.", tokens, Info.ContextTokens);
        }
        Interlocked.Increment(ref running);
        try
        {
            yield return new ReplyPiece("", null, null) { Queue = new QueueStatus(1, null) };
            yield return new ReplyPiece("", null, null) { Start = new ReplyStart([1, 2], Info, request.Sampling.Seed ?? 7) };
            string[] words = [$"echo{request.Sampling.Seed}:", .. prompt.Split(' ')];
            int said = Math.Min(words.Length, request.Sampling.MaxReplyTokens);
            for (int i = 0; i < said; i++)
            {
                await BeforeWord(i, cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                yield return Piece(i == 0 ? words[i] : " " + words[i], i, request.TopLogProbabilities);
            }
            ReplyFinish finish = said < words.Length ? ReplyFinish.Length : ReplyFinish.EndOfText;
            yield return new ReplyPiece("", null, null, finish, new ReplyUsage(tokens, 1, said));
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }

    public void Dispose() => Disposed = true;

    private static ReplyPiece Piece(string text, int index, int? top)
    {
        var chosen = new TokenProbability(100 + index, text, -0.5f);
        return new ReplyPiece(text, chosen.Id, chosen.LogProbability)
        {
            Choice = top is { } rivals
                ? new TokenChoice(chosen, [.. Enumerable.Range(0, rivals).Select(r => new TokenProbability(r, $"rival{r}\uFFFD", -1f - r))])
                : null,
        };
    }
}
