using System.Runtime.CompilerServices;
using MicroChat.Chat;
using MicroChat.Model.Sampling;
using MicroChat.Model.Templates;

namespace MicroChat.Tests.Chat;

/// <summary>A model that answers every message with "echo: " and the message, word by word.</summary>
internal sealed class FakeGenerator : IReplyGenerator
{
    public List<ReplyRequest> Requests { get; } = [];

    /// <summary>Called before each word with the number of words said so far.</summary>
    public Action<int> BeforeWord { get; set; } = _ => { };

    public int ContextTokens { get; init; } = 1_000;

    public bool Disposed { get; private set; }

    public ModelCard Info => new()
    {
        Name = "fake-1",
        ContextTokens = ContextTokens,
        Parameters = 1_500_000,
        Sampling = new SamplingOptions { Temperature = 0.5, MaxReplyTokens = 64 },
    };

    public int CountTokens(IReadOnlyList<ChatTurn> turns) => turns.Sum(t => t.Content.Split(' ').Length);

    public async IAsyncEnumerable<ReplyPiece> GenerateAsync(ReplyRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Requests.Add(request);
        await Task.Yield();
        string[] words = ["echo:", .. request.Turns[^1].Content.Split(' ')];
        for (int i = 0; i < words.Length; i++)
        {
            BeforeWord(i);
            cancellationToken.ThrowIfCancellationRequested();
            yield return new ReplyPiece(i == 0 ? words[i] : " " + words[i], 100 + i, -0.5f);
        }
        yield return new ReplyPiece("", 2, -0.1f, ReplyFinish.EndOfText, new ReplyUsage(CountTokens(request.Turns), 0, words.Length + 1));
    }

    public void Dispose() => Disposed = true;
}
