using System.Globalization;
using MicroChat.Model.Decoding;
using MicroChat.Training.Rollouts;
using MicroChat.Training.Stages;

namespace MicroChat.Proofs.RandomWalks;

/// <summary>Walks as rows for next-token training, each once before any comes again.</summary>
internal sealed class WalkSource(IReadOnlyList<int[]> walks, int rowsPerBatch, int seed) : ITrainingSource
{
    private readonly PromptBank _order = new(walks, seed);
    private long _place;

    public TokenBatch Next()
    {
        int[][] rows = _order.Take(_place, rowsPerBatch);
        _place += rowsPerBatch;
        int[] starts = new int[rows.Length + 1];
        for (int b = 0; b < rows.Length; b++)
        {
            starts[b + 1] = starts[b] + rows[b].Length;
        }
        return TokenBatch.NextToken([.. rows.SelectMany(row => row)], starts, []);
    }

    public string SavePlace() => _place.ToString(CultureInfo.InvariantCulture);

    public void RestorePlace(string place) => _place = long.Parse(place, CultureInfo.InvariantCulture);
}
