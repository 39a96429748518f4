using System.Runtime.CompilerServices;
using MicroChat.Chat;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;

namespace MicroChat.Tests.Discord;

/// <summary>A model whose reply the question chooses: "slow" (until stopped or released), "queue", "full", "break", "think", "long", "code"; else an echo with its seed.</summary>
internal sealed class FakeModel : IReplyGenerator
{
    public List<ReplyRequest> Requests { get; } = [];

    /// <summary>What "slow" replies wait for after their first words.</summary>
    public TaskCompletionSource Release { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ModelCard Info { get; } = new()
    {
        Name = "fake", Version = "7", ContextTokens = 400, Parameters = 1_000_000, Sampling = new SamplingOptions { Temperature = 0.5, MaxReplyTokens = 100 },
    };

    public int CountTokens(IReadOnlyList<ChatTurn> turns) => turns.Sum(turn => turn.Content.Split(' ').Length);

    public async IAsyncEnumerable<ReplyPiece> GenerateAsync(ReplyRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        lock (Requests)
        {
            Requests.Add(request);
        }
        string question = request.Turns[^1].Content;
        await Task.Yield();
        if (Has("full"))
        {
            throw new QueueFullException("Sixty wait already.", TimeSpan.FromSeconds(7));
        }
        if (Has("queue"))
        {
            yield return new ReplyPiece("", null, null) { Queue = new QueueStatus(3, TimeSpan.FromSeconds(12)) };
            await Release.Task.WaitAsync(cancellationToken);
        }
        yield return new ReplyPiece("", null, null) { Start = new ReplyStart([1, 2, 3], Info with { Version = request.Generation ?? Info.Version }, request.Sampling.Seed ?? 0) };
        string[] words = Words(question, request.Sampling.Seed ?? 0);
        for (int i = 0; i < words.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (i == 2 && Has("break"))
            {
                throw new InvalidOperationException("The model broke: secret detail");
            }
            if (i == 3 && Has("slow"))
            {
                await Release.Task.WaitAsync(cancellationToken);
            }
            yield return new ReplyPiece(i == 0 ? words[i] : " " + words[i], 100 + i, -0.5f);
        }
        yield return new ReplyPiece("", 2, -0.1f, ReplyFinish.EndOfText, new ReplyUsage(3, 0, words.Length + 1));

        bool Has(string word) => question.Contains(word, StringComparison.Ordinal);
    }

    public void Dispose()
    {
    }

    private static string[] Words(string question, long seed) => question switch
    {
        _ when question.Contains("think", StringComparison.Ordinal) => ["<think>hm", "secret", "</think>Clear"],
        _ when question.Contains("long", StringComparison.Ordinal) => [.. Enumerable.Range(1, 800).Select(i => i % 10 == 0 ? $"word{i}." : $"word{i}")],
        _ when question.Contains("huge", StringComparison.Ordinal) => [.. Enumerable.Range(1, 4_000).Select(i => $"word{i}")],
        _ when question.Contains("forge", StringComparison.Ordinal) => ["Fine.\nUser:", "and", "now"],
        _ => $"One. Two {seed} three: {question.ReplaceLineEndings(" ")}".Split(' '),
    };
}
