using System.Runtime.InteropServices;
using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;

namespace MicroChat.Torch;

/// <summary>
/// Chooses tokens from rows of logits on the device, by the rules, the order and the border cases of the managed <see cref="Sampler"/>. Up go
/// the settings and the few tokens that they touch, down come five numbers a row. Masses are sums in float64, so that both choose alike.
/// </summary>
internal sealed class TorchSampler(int vocabularySize, torch.Device device) : IDisposable
{
    private readonly Tensor _ids = Ids(vocabularySize, device);
    private readonly Dictionary<int, LogitEdit> _edits = [];

    /// <summary>Chooses one token per row; within a scope and without gradients.</summary>
    /// <param name="logits">(R,V), float32; not changed.</param>
    /// <param name="requests">(R) settings, history and draw of each row.</param>
    /// <param name="results">(R)</param>
    public void Sample(Tensor logits, ReadOnlySpan<SampleRequest> requests, Span<SampledToken> results)
    {
        Tensor modelMax = logits.amax([1], keepdim: true);                                                // (R,1)
        Tensor modelMass = logits.to(ScalarType.Float64).logsumexp(1, keepdim: true);                     // (R,1)
        Tensor edited = Edit(logits, requests);
        Tensor max = edited.amax([1], keepdim: true);
        var rows = new SettingRows(requests, device);
        Tensor greedy = torch.where(edited.eq(max), _ids, torch.full_like(_ids, vocabularySize - 1)).amin([1], keepdim: true);
        (Tensor token, Tensor logProb) = rows.AllGreedy
            ? (greedy, torch.zeros([requests.Length, 1], ScalarType.Float64, device))
            : Draw(edited, max, rows, greedy);
        Tensor modelLogProb = logits.gather(1, token).to(ScalarType.Float64) - modelMass;
        Tensor packed = torch.cat([token.to(ScalarType.Float64), logProb, modelLogProb, modelMax.to(ScalarType.Float64), max.to(ScalarType.Float64)], 1).cpu();
        Unpack(logits, MemoryMarshal.Cast<byte, double>(packed.bytes), requests, results);
    }

    public void Dispose() => _ids.Dispose();

    /// <summary>(1,V) every token.</summary>
    private static Tensor Ids(int vocabularySize, torch.Device device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return Tensors.Keep(torch.arange(vocabularySize, ScalarType.Int64, device).unsqueeze(0));
    }

    /// <summary>A copy of the rows with the settings that touch single logits applied; the rows themselves where there are none.</summary>
    private Tensor Edit(Tensor logits, ReadOnlySpan<SampleRequest> requests)
    {
        var places = new List<long>();
        var numbers = new List<double>();                             // bias, penalty, banned, subtracted of each place
        for (int row = 0; row < requests.Length; row++)
        {
            Sampler sampler = requests[row].Sampler;
            sampler.Edits.Collect(vocabularySize, requests[row].Prompt.Span, requests[row].Generated.Span, _edits);
            foreach ((int id, LogitEdit edit) in _edits)
            {
                places.Add(((long)row * vocabularySize) + id);
                numbers.AddRange([edit.Bias, edit.Repeats ? sampler.Options.RepetitionPenalty : 1, edit.Banned ? 1 : 0, edit.Subtracted]);
            }
        }
        if (places.Count == 0)
        {
            return logits;
        }
        Tensor index = torch.tensor(places.ToArray(), device: device), edits = torch.tensor(numbers.ToArray(), [places.Count, 4], device: device);
        Tensor flat = logits.reshape(-1).clone(), touched = flat.index_select(0, index);
        Tensor value = Rounded(touched.to(ScalarType.Float64) + edits.select(1, 0));
        Tensor penalty = edits.select(1, 1);
        value = Rounded(torch.where(value.lt(0), value * penalty, value / penalty));
        value = Rounded(value - edits.select(1, 3));
        Tensor gone = edits.select(1, 2).gt(0).logical_or(touched.eq(float.NegativeInfinity));
        flat.index_copy_(0, index, value.masked_fill(gone, float.NegativeInfinity).to(ScalarType.Float32));
        return flat.reshape(logits.shape[0], vocabularySize);
    }

    /// <summary>As a float32 would hold it; a finite value stays finite.</summary>
    private static Tensor Rounded(Tensor value) => value.clamp(float.MinValue, float.MaxValue).to(ScalarType.Float32).to(ScalarType.Float64);

    private (Tensor Token, Tensor LogProb) Draw(Tensor edited, Tensor max, SettingRows rows, Tensor greedy)
    {
        Tensor logWeight = (edited.to(ScalarType.Float64) - max.to(ScalarType.Float64)) / rows.Temperature;   // (R,V)
        Tensor kept = Truncation.Apply(edited, logWeight, rows);
        Tensor weight = logWeight.exp().masked_fill(kept.logical_not(), 0);
        Tensor passed = weight.cumsum(1), mass = passed.narrow(1, vocabularySize - 1, 1);
        Tensor last = torch.where(weight.gt(0), _ids, torch.zeros_like(_ids)).amax([1], keepdim: true);
        Tensor drawn = passed.le(rows.Draw * mass).sum(1, keepdim: true).minimum(last);
        Tensor token = torch.where(rows.IsGreedy, greedy, drawn);
        return (token, (logWeight.gather(1, token) - mass.log()).masked_fill(rows.IsGreedy, 0));
    }

    private static void Unpack(Tensor logits, ReadOnlySpan<double> packed, ReadOnlySpan<SampleRequest> requests, Span<SampledToken> results)
    {
        const int Columns = 5;
        for (int row = 0; row < requests.Length; row++)
        {
            ReadOnlySpan<double> found = packed.Slice(row * Columns, Columns);
            Sampler sampler = requests[row].Sampler;
            if (double.IsNaN(found[3]) || double.IsPositiveInfinity(found[3]))
            {
                sampler.Note(float.NaN);
                results[row] = new SampledToken(Sampler.NothingLeft, float.NaN, new ArgumentException(DamageOf(logits, row)));
            }
            else if (double.IsNegativeInfinity(found[4]))
            {
                sampler.Note(float.NaN);
                results[row] = new SampledToken(Sampler.NothingLeft, float.NaN, null);
            }
            else
            {
                sampler.Note((float)found[2]);
                results[row] = new SampledToken((int)found[0], (float)found[1], null);
            }
        }
    }

    /// <summary>The first value of a row that no logit may have, in words.</summary>
    private static string DamageOf(Tensor logits, int row)
    {
        float[] values = new float[logits.shape[1]];
        Tensors.Download(logits.select(0, row), values);
        int at = Array.FindIndex(values, value => float.IsNaN(value) || float.IsPositiveInfinity(value));
        return Sampler.DamagedRow(at, values[at]);
    }
}
