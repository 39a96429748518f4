using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>
/// A low-rank adapter: small trainable factors on the linear layers of a base that stays as it is. Several adapters share one base in memory;
/// without any the base itself speaks, which is the reference policy.
/// </summary>
public sealed class LoraAdapter : IDisposable
{
    /// <summary>An adapter whose factors are all 0.</summary>
    /// <param name="config">The base's shape.</param>
    /// <param name="modules">The layers: linear ones, "model.embed_tokens" or "lm_head".</param>
    /// <exception cref="ArgumentException">A module is no layer of the decoder, or its rank is below 1.</exception>
    public LoraAdapter(DecoderConfig config, IReadOnlyList<LoraModule> modules)
        : this(config, modules, replacesOutput: false)
    {
    }

    internal LoraAdapter(DecoderConfig config, IReadOnlyList<LoraModule> modules, bool replacesOutput)
    {
        foreach (LoraModule module in modules)
        {
            Shape.Require(module.Rank >= 1, module.Rank, $"1 or more: it is the rank of {module.Name}", "Rank");
        }
        Modules = modules;
        Layout = new LoraLayout(config, modules, replacesOutput);
        Weights = new ParameterBlock(config, Layout);
    }

    /// <summary>The base's shape.</summary>
    public DecoderConfig Config => Weights.Config;

    /// <summary>The layers that have an adapter.</summary>
    public IReadOnlyList<LoraModule> Modules { get; }

    /// <summary>The factors, under PEFT's names.</summary>
    public ParameterBlock Weights { get; }

    /// <summary>Gradients and moments; null while the adapter does not learn.</summary>
    public Trainable? Training { get; private set; }

    internal LoraLayout Layout { get; }

    /// <summary>Whether a whole output matrix takes the base's place while the adapter is on.</summary>
    internal bool ReplacesOutput => Layout.ReplacedOutput is not null;

    /// <summary>A fresh adapter as PEFT begins: A uniform within ±1/√inputs, B zero, so that it changes nothing yet.</summary>
    /// <param name="config">The base's shape.</param>
    /// <param name="options">Rank, scale and targets.</param>
    /// <param name="seed">Seed of A; the same seed gives the same adapter on every machine.</param>
    /// <exception cref="ArgumentException">A target is no linear layer of a block, or the rank or the scale does not fit.</exception>
    public static LoraAdapter Create(DecoderConfig config, LoraOptions options, int seed)
    {
        var adapter = new LoraAdapter(config, ModulesOf(config, options));
        var random = new Random(seed);
        foreach (LoraPart part in adapter.Layout.Parts)
        {
            float bound = 1f / MathF.Sqrt(part.A.Shape[1]);
            foreach (ref float value in adapter.Weights[part.A])
            {
                value = ((random.NextSingle() * 2) - 1) * bound;
            }
        }
        return adapter;
    }

    /// <summary>Gives the adapter gradients and moments; without effect when it has them.</summary>
    public Trainable Learn(Crew crew) => Training ??= new Trainable(Weights, crew);

    /// <summary>Adds scale·B·A to the layers of a base: afterwards the base alone computes what base and adapter did.</summary>
    /// <exception cref="ArgumentException">The base has another shape. Nothing was written.</exception>
    /// <exception cref="InvalidOperationException">The adapter changes the embedding or the output, which are one matrix in this base. Nothing was written.</exception>
    public void MergeInto(ParameterBlock weights, Crew crew)
    {
        RequireFits(weights.Config);
        if (weights.Config.TieEmbeddings && (Layout.Embedding is not null || Layout.Output is not null || Layout.ReplacedOutput is not null))
        {
            throw new InvalidOperationException("The adapter changes the embedding or the output, and the base uses one matrix for both, so that merging would change the other too; untie the base first.");
        }
        foreach (LoraPart part in Layout.Parts)
        {
            float[] scaled = Weights[part.B].ToArray();
            Vectors.Scale(crew, part.Module.Scale, scaled);
            LowRankPlace at = part.Place;
            if (part == Layout.Embedding) // its table is (V,C): the product the other way round
            {
                float[] turned = [.. Enumerable.Range(0, at.Rank * at.Columns).Select(i => scaled[(i % at.Columns * at.Rank) + (i / at.Columns)])];
                Gemm.XtY(crew, Weights[part.A], turned, weights[part.Base], (int)part.A.Shape[1], at.Columns, at.Rank, accumulate: true);
            }
            else
            {
                Gemm.XW(crew, scaled, Weights[part.A], weights[part.Base], at.Columns, (int)part.A.Shape[1], at.Rank, accumulate: true);
            }
        }
        if (Layout.ReplacedOutput is { } output)
        {
            Weights[output].CopyTo(weights[ParameterLayout.HeadName]);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Training?.Dispose();
        Weights.Dispose();
    }

    /// <summary>The layers that the options choose in a decoder.</summary>
    internal static LoraModule[] ModulesOf(DecoderConfig config, LoraOptions options)
    {
        Shape.Require(options.Targets.Count > 0, options.Targets.Count, $"1 or more: an adapter needs a target");
        if (!(options.Alpha > 0 && double.IsFinite(options.Alpha)))
        {
            throw new ArgumentException($"options.Alpha is {options.Alpha}; it must be a number above 0.");
        }
        string[] names = [.. new ParameterLayout(config).LinearModules()];
        foreach (string target in options.Targets.Where(target => !names.Any(name => name.EndsWith("." + target, StringComparison.Ordinal))))
        {
            throw new ArgumentException($"options.Targets holds \"{target}\"; it must be one of {string.Join(", ", LoraOptions.AllLinear)}, or the end of a linear layer's full name.");
        }
        return [.. names.Where(name => options.Targets.Any(target => name.EndsWith("." + target, StringComparison.Ordinal)))
            .Select(name => new LoraModule(name, options.Rank, options.Alpha, options.RankStabilized))];
    }

    /// <summary>Throws unless a decoder of this shape can carry the adapter.</summary>
    internal void RequireFits(DecoderConfig config)
    {
        Shape.Require(config.VocabularySize == Config.VocabularySize, config.VocabularySize, $"the adapter's {Config.VocabularySize} tokens; use the base that the adapter was made for");
        Shape.Require(config.Width == Config.Width, config.Width, $"the adapter's {Config.Width} channels; use the base that the adapter was made for");
        Shape.Require(config.Layers == Config.Layers, config.Layers, $"the adapter's {Config.Layers} blocks; use the base that the adapter was made for");
        Shape.Require(config.Heads == Config.Heads, config.Heads, $"the adapter's {Config.Heads} heads; use the base that the adapter was made for");
        Shape.Require(config.KeyValueHeads == Config.KeyValueHeads, config.KeyValueHeads, $"the adapter's {Config.KeyValueHeads} key heads; use the base that the adapter was made for");
        Shape.Require(config.HeadSize == Config.HeadSize, config.HeadSize, $"the adapter's {Config.HeadSize} channels of a head; use the base that the adapter was made for");
        Shape.Require(config.FeedForward == Config.FeedForward, config.FeedForward, $"the adapter's {Config.FeedForward} inner channels; use the base that the adapter was made for");
    }
}
