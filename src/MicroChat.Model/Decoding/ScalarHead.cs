using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>A linear read-out of the final, normalised hidden state: one number per token, hidden·w + b. A reward or a value.</summary>
/// <remarks>Begins at zero, as a value head should (every value 0, no gradient into the trunk yet); <see cref="InitializeReward"/> is for rewards.</remarks>
public sealed class ScalarHead : IDisposable
{
    /// <summary>Name of the weights, (1,C), as in transformers' sequence classifiers.</summary>
    public const string WeightName = "score.weight";

    /// <summary>Name of the bias, (1).</summary>
    public const string BiasName = "score.bias";

    private readonly HeadLayout _layout;

    /// <summary>A head of zeros for a decoder of this shape.</summary>
    public ScalarHead(DecoderConfig config)
    {
        _layout = new HeadLayout(config.Width);
        Weights = new ParameterBlock(config, _layout);
    }

    /// <summary>Weights and bias.</summary>
    public ParameterBlock Weights { get; }

    /// <summary>Gradients and moments; null while the head does not learn.</summary>
    public Trainable? Training { get; private set; }

    /// <summary>w, (C).</summary>
    public Span<float> Weight => Weights[_layout.Weight];

    /// <summary>b. Adding to it moves every score alike: how a reward model is centred.</summary>
    public ref float Bias => ref Weights[_layout.Bias][0];

    /// <summary>Gradient of w, (C); empty while the head does not learn.</summary>
    internal Span<float> WeightGradient => Training is null ? default : Training.Gradients[_layout.Weight];

    /// <summary>Gradient of b, (1); empty while the head does not learn.</summary>
    internal Span<float> BiasGradient => Training is null ? default : Training.Gradients[_layout.Bias];

    /// <summary>w normal with standard deviation 1/√(C+1), b zero (Stiennon et al. 2020, app. B.1).</summary>
    public void InitializeReward(int seed)
    {
        WeightInitializer.FillNormal(new Random(seed), 1f / MathF.Sqrt(Weights.Config.Width + 1), Weight);
        Bias = 0;
    }

    /// <summary>Begins as another head: a value head may begin as the reward's.</summary>
    /// <exception cref="ArgumentException">The other head has another width.</exception>
    public void CopyFrom(ScalarHead other)
    {
        Shape.Require(other.Weight.Length == Weight.Length, other.Weight.Length, $"this head's {Weight.Length} channels");
        other.Weight.CopyTo(Weight);
        Bias = other.Bias;
    }

    /// <summary>Gives the head gradients and moments; without effect when it has them.</summary>
    public Trainable Learn(Crew crew) => Training ??= new Trainable(Weights, crew);

    /// <inheritdoc/>
    public void Dispose()
    {
        Training?.Dispose();
        Weights.Dispose();
    }

    internal sealed class HeadLayout : TensorLayout
    {
        public HeadLayout(int width)
        {
            Add(WeightName, 1, width);
            Add(BiasName, 1);
            Complete();
            (Weight, Bias) = (Parameters[0], Parameters[1]);
        }

        public Parameter Weight { get; }

        public Parameter Bias { get; }
    }
}
