using MicroChat.Model.Decoding;
using MicroChat.Model.Sampling;

namespace MicroChat.Torch;

/// <summary>The settings of several rows as columns on the device, (R,1) each in float64.</summary>
internal sealed class SettingRows
{
    private const int Columns = 9;
    private readonly Tensor _numbers;

    public SettingRows(ReadOnlySpan<SampleRequest> requests, torch.Device device)
    {
        double[] numbers = new double[requests.Length * Columns];
        AllGreedy = true;
        for (int row = 0; row < requests.Length; row++)
        {
            SamplingOptions o = requests[row].Sampler.Options;
            bool greedy = o.Temperature == 0;
            AllGreedy &= greedy;
            UsesTopK |= !greedy && o.TopK > 0;
            UsesTopP |= !greedy && o.TopP < 1;
            UsesMinP |= !greedy && o.MinP > 0;
            UsesTypical |= !greedy && o.TypicalP < 1;
            UsesCutoffs |= !greedy && (o.EpsilonCutoff > 0 || o.EtaCutoff > 0);
            double[] row9 = [greedy ? 1 : o.Temperature, o.TopK, o.TopP, o.MinP, o.TypicalP, o.EpsilonCutoff, o.EtaCutoff, requests[row].Draw, greedy ? 1 : 0];
            row9.CopyTo(numbers, row * Columns);
        }
        _numbers = torch.tensor(numbers, [requests.Length, Columns], device: device);
    }

    public bool AllGreedy { get; }

    public bool UsesTopK { get; }

    public bool UsesTopP { get; }

    public bool UsesMinP { get; }

    public bool UsesTypical { get; }

    public bool UsesCutoffs { get; }

    public Tensor Temperature => Column(0);

    /// <summary>0: off.</summary>
    public Tensor TopK => Column(1);

    public Tensor TopP => Column(2);

    public Tensor MinP => Column(3);

    public Tensor TypicalP => Column(4);

    public Tensor EpsilonCutoff => Column(5);

    public Tensor EtaCutoff => Column(6);

    public Tensor Draw => Column(7);

    public Tensor IsGreedy => Column(8).gt(0);

    private Tensor Column(int index) => _numbers.narrow(1, index, 1);
}
