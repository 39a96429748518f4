using MicroChat.Kernels;

namespace MicroChat.Model.Decoding;

/// <summary>The fused matrix products of a block.</summary>
internal enum BlockLinear
{
    Qkv,
    Output,
    GateUp,
    Down,
}

/// <summary>One module of a group: where its factor B lies and which ranks it joins with which columns.</summary>
internal readonly record struct LoraPart(LoraModule Module, Parameter A, Parameter B, Parameter Base, LowRankPlace Place);

/// <summary>The adapters on one fused matrix product: their factors A are consecutive rows of one matrix, so that the input is reduced once.</summary>
/// <param name="A">Where the factors A begin.</param>
/// <param name="Ranks">Rows of the factors A together.</param>
/// <param name="Inputs">Columns of the factors A.</param>
/// <param name="Scales">(Ranks) the scale of each rank.</param>
/// <param name="Parts">The modules.</param>
internal sealed record LoraGroup(long A, int Ranks, int Inputs, float[] Scales, LoraPart[] Parts);

/// <summary>The parameters of an adapter, under the names that PEFT gives them.</summary>
internal sealed class LoraLayout : TensorLayout
{
    /// <summary>Precedes the module's name in PEFT's files.</summary>
    public const string Prefix = "base_model.model.";

    private const int LinearsOfBlock = 4;
    private readonly LoraGroup?[] _groups;

    /// <param name="config">The base's shape.</param>
    /// <param name="modules">Linear layers, the embedding or the output.</param>
    /// <param name="replacesOutput">Whether a whole output matrix takes the base's place while the adapter is on.</param>
    public LoraLayout(DecoderConfig config, IReadOnlyList<LoraModule> modules, bool replacesOutput)
    {
        var layout = new ParameterLayout(config);
        var byName = modules.ToDictionary(m => m.Name, StringComparer.Ordinal);
        _groups = new LoraGroup?[config.Layers * LinearsOfBlock];
        LowestLayer = config.Layers;
        for (int i = 0; i < _groups.Length; i++)
        {
            _groups[i] = AddGroupOf(layout.MatricesOf(i / LinearsOfBlock, (BlockLinear)(i % LinearsOfBlock)), byName);
            LowestLayer = _groups[i] is null ? LowestLayer : Math.Min(LowestLayer, i / LinearsOfBlock);
        }
        Embedding = AddEmbedding(layout[ParameterLayout.EmbeddingName], byName);
        Output = AddGroupOf([OutputOf(layout, config)], byName);
        ReplacedOutput = replacesOutput ? AddReplacedOutput(config) : null;
        LowestLayer = Embedding is null ? LowestLayer : 0;
        MostRanks = Math.Max(Math.Max(_groups.Max(g => g?.Ranks ?? 0), Output?.Ranks ?? 0), Embedding?.Place.Rank ?? 0);
        Complete();
        Shape.Require(byName.Count == 0, byName.Count, $"0: each module must be a linear layer or the embedding, which {byName.Keys.FirstOrDefault()} is not", "modules without a place");
    }

    /// <summary>The first block with an adapter; the number of blocks when there is none.</summary>
    public int LowestLayer { get; }

    /// <summary>Ranks of the largest group.</summary>
    public int MostRanks { get; }

    /// <summary>The adapter on the embedding: its A is looked up, (r,V).</summary>
    public LoraPart? Embedding { get; }

    /// <summary>The adapter on the output matrix.</summary>
    public LoraGroup? Output { get; }

    /// <summary>An output matrix that takes the base's place, (V,C).</summary>
    public Parameter? ReplacedOutput { get; }

    public IEnumerable<LoraPart> Parts =>
        [.. _groups.SelectMany(g => g?.Parts ?? []), .. Output?.Parts ?? [], .. Embedding is { } embedding ? (LoraPart[])[embedding] : []];

    /// <summary>The adapters on one matrix product of a block, or null.</summary>
    public LoraGroup? this[int layer, BlockLinear linear] => _groups[(layer * LinearsOfBlock) + (int)linear];

    /// <summary>The output matrix under the name that modules know it by, also where it is the embedding.</summary>
    private static Parameter OutputOf(ParameterLayout layout, DecoderConfig config) =>
        new(ParameterLayout.HeadName, [config.VocabularySize, config.Width], layout.Head);

    private Parameter AddReplacedOutput(DecoderConfig config)
    {
        Add(Prefix + ParameterLayout.HeadName, config.VocabularySize, config.Width);
        return this[Prefix + ParameterLayout.HeadName];
    }

    private LoraPart? AddEmbedding(Parameter table, Dictionary<string, LoraModule> modules)
    {
        if (!modules.Remove(ParameterLayout.ModuleOf(table), out LoraModule? module))
        {
            return null;
        }
        int V = (int)table.Shape[0], C = (int)table.Shape[1];
        string a = $"{Prefix}{module.Name}.lora_embedding_A", b = $"{Prefix}{module.Name}.lora_embedding_B";
        Add(a, module.Rank, V);
        Add(b, C, module.Rank);
        return new LoraPart(module, this[a], this[b], table, new LowRankPlace(module.Rank, 0, module.Rank, C, 0, C));
    }

    private LoraGroup? AddGroupOf(Parameter[] matrices, Dictionary<string, LoraModule> modules)
    {
        (Parameter Base, int Column, LoraModule Module)[] found = [.. Find(matrices, modules)];
        if (found.Length == 0)
        {
            return null;
        }
        int inputs = (int)matrices[0].Shape[1], width = (int)matrices.Sum(m => m.Shape[0]), ranks = found.Sum(f => f.Module.Rank), start = 0;
        long a = AddGroup(inputs, [.. found.Select(f => (NameOfA(f.Module), f.Module.Rank))]);
        var parts = new List<LoraPart>();
        foreach ((Parameter matrix, int column, LoraModule module) in found)
        {
            int columns = (int)matrix.Shape[0];
            Add(NameOfB(module), columns, module.Rank);
            parts.Add(new LoraPart(module, this[NameOfA(module)], this[NameOfB(module)], matrix, new LowRankPlace(ranks, start, module.Rank, width, column, columns)));
            start += module.Rank;
        }
        float[] scales = [.. found.SelectMany(f => Enumerable.Repeat(f.Module.Scale, f.Module.Rank))];
        return new LoraGroup(a, ranks, inputs, scales, [.. parts]);
    }

    private static IEnumerable<(Parameter Base, int Column, LoraModule Module)> Find(Parameter[] matrices, Dictionary<string, LoraModule> modules)
    {
        int column = 0;
        foreach (Parameter matrix in matrices)
        {
            if (modules.Remove(ParameterLayout.ModuleOf(matrix), out LoraModule? module))
            {
                yield return (matrix, column, module);
            }
            column += (int)matrix.Shape[0];
        }
    }

    private static string NameOfA(LoraModule module) => $"{Prefix}{module.Name}.lora_A.weight";

    private static string NameOfB(LoraModule module) => $"{Prefix}{module.Name}.lora_B.weight";
}
