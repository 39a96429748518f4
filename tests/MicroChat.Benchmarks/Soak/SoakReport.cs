using System.Collections.Concurrent;
using MicroChat.Feedback;

namespace MicroChat.Benchmarks.Soak;

/// <summary>What a soak did and got back.</summary>
internal sealed class SoakReport
{
    private const int MostSurprises = 20;

    private readonly ConcurrentDictionary<string, int> outcomes = new();
    private readonly ConcurrentQueue<string> surprises = new();
    private int surprising;

    /// <summary>How often each kind of request ended in each way.</summary>
    public IReadOnlyDictionary<string, int> Outcomes => outcomes;

    /// <summary>Answers that the request should not have got; the first few.</summary>
    public IReadOnlyCollection<string> Surprises => surprises;

    /// <summary>How many there were altogether.</summary>
    public int Surprising => surprising;

    /// <summary>The value of every rating that the host accepted, by reply.</summary>
    public ConcurrentDictionary<Guid, int> Ratings { get; } = new();

    /// <summary>How many accepted ratings are lost, doubled or changed in the store.</summary>
    public async Task<int> WrongRatingsAsync(IFeedbackStore store)
    {
        int wrong = 0;
        foreach ((Guid reply, int value) in Ratings)
        {
            IReadOnlyList<Rating> ratings = await store.RatingsOfAsync(reply, CancellationToken.None);
            wrong += ratings is [var only] && only.Value == value ? 0 : 1;
        }
        return wrong;
    }

    public void Count(string outcome) => outcomes.AddOrUpdate(outcome, 1, (_, n) => n + 1);

    public void Surprise(string what)
    {
        Interlocked.Increment(ref surprising);
        Count("surprise");
        if (surprises.Count < MostSurprises)
        {
            surprises.Enqueue(what);
        }
    }
}
