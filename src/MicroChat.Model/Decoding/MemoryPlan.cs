using System.Globalization;
using System.Text;

namespace MicroChat.Model.Decoding;

/// <summary>One line of a <see cref="MemoryPlan"/>.</summary>
/// <param name="Name">What the memory holds.</param>
/// <param name="Bytes">Unit: bytes.</param>
public sealed record MemoryPlanItem(string Name, long Bytes);

/// <summary>
/// What a training set-up will hold in native memory, known before anything is allocated: add what there will be, then compare with what
/// the machine has. Sizes come from the code that allocates. Thread-local scratch of the kernels (a few MiB a thread) is not counted.
/// </summary>
public sealed class MemoryPlan
{
    private readonly List<MemoryPlanItem> _items = [];

    /// <summary>The lines, in the order of adding.</summary>
    public IReadOnlyList<MemoryPlanItem> Items => _items;

    /// <summary>Sum of the lines. Unit: bytes.</summary>
    public long Bytes => _items.Sum(item => item.Bytes);

    /// <summary>A whole decoder: the shared base, or a role with weights of its own.</summary>
    /// <param name="name">Its role.</param>
    /// <param name="config">Its shape.</param>
    /// <param name="learns">Whether it has gradients and moments.</param>
    public void AddDecoder(string name, DecoderConfig config, bool learns) => AddBlock(name, new ParameterLayout(config), learns);

    /// <summary>A low-rank adapter on a shared base.</summary>
    /// <param name="name">Its role.</param>
    /// <param name="config">The base's shape.</param>
    /// <param name="options">Rank and targets.</param>
    /// <param name="learns">Whether it has gradients and moments.</param>
    /// <exception cref="ArgumentException">The options do not fit the decoder.</exception>
    public void AddAdapter(string name, DecoderConfig config, LoraOptions options, bool learns) => AddBlock(name, LayoutOf(config, options), learns);

    /// <summary>A scalar head.</summary>
    /// <param name="name">Its role.</param>
    /// <param name="config">The decoder's shape.</param>
    /// <param name="learns">Whether it has gradients and moments.</param>
    public void AddHead(string name, DecoderConfig config, bool learns) => AddBlock(name, new ScalarHead.HeadLayout(config.Width), learns);

    /// <summary>The activations of one workspace, which roles can share.</summary>
    /// <param name="config">The decoder's shape.</param>
    /// <param name="microBatchTokens">Most tokens in one pass.</param>
    /// <param name="recompute">Whether blocks are computed again in the backward pass.</param>
    public void AddActivations(DecoderConfig config, int microBatchTokens, bool recompute) =>
        Add($"activations of {microBatchTokens:N0} tokens{(recompute ? ", blocks recomputed" : "")}", new ActivationSizes(config, microBatchTokens).Total(recompute));

    /// <summary>What a decoder takes beside its activations to run adapters: the reduced inputs and their gradients.</summary>
    /// <param name="config">The base's shape.</param>
    /// <param name="options">Those of the adapter with the largest ranks.</param>
    /// <param name="microBatchTokens">Most tokens in one pass.</param>
    public void AddAdapterScratch(DecoderConfig config, LoraOptions options, int microBatchTokens) =>
        Add("adapters' reduced inputs", 2 * LoraPass.Floats(LayoutOf(config, options), microBatchTokens));

    /// <summary>Caches of sequences that are being generated, with the serving decoder's own buffers.</summary>
    /// <param name="config">The decoder's shape.</param>
    /// <param name="sequences">Sequences at once.</param>
    /// <param name="slots">Longest sequence. Unit: tokens.</param>
    /// <param name="stepTokens">Most new tokens in a step.</param>
    public void AddGeneration(DecoderConfig config, int sequences, int slots, int stepTokens)
    {
        Add($"caches of {sequences:N0} sequences of {slots:N0} tokens", sequences * ManagedCache.Floats(config, slots));
        int qkv = (config.Heads + (2 * config.KeyValueHeads)) * config.HeadSize;
        Add("a generation step", StepBuffers.Floats(stepTokens, config.Width, qkv, config.Heads * config.HeadSize, config.FeedForward) + ((long)sequences * config.VocabularySize));
    }

    /// <summary>Scratch of Muon; AdamW needs none.</summary>
    /// <param name="config">The shape of the decoder whose matrices move by Muon.</param>
    public void AddMuon(DecoderConfig config) =>
        Add("Muon's scratch", new ParameterLayout(config).Parameters.Where(p => p.IsMatrix && p.IsInsideBlock).Max(p => Muon.Floats(p.Shape[0], p.Shape[1])));

    /// <summary>"needs X, has Y" and the lines.</summary>
    /// <param name="available">What there is. Unit: bytes.</param>
    public string Describe(long available)
    {
        var text = new StringBuilder($"Memory: needs {Size(Bytes)}, has {Size(available)}");
        foreach (MemoryPlanItem item in _items)
        {
            text.Append('\n').Append(CultureInfo.InvariantCulture, $"  {Size(item.Bytes),10}  {item.Name}");
        }
        return text.ToString();
    }

    /// <summary>Throws unless there is enough.</summary>
    /// <param name="available">What there is. Unit: bytes.</param>
    /// <exception cref="InvalidOperationException">There is not; the message holds the plan and what would make it smaller.</exception>
    public void Require(long available)
    {
        if (Bytes > available)
        {
            throw new InvalidOperationException(
                $"{Describe(available)}\nThat does not fit. Make micro-batches or rows shorter, let blocks be recomputed, train adapters instead of all weights, or generate fewer sequences at once.");
        }
    }

    /// <summary>Memory that the process can still get: on Linux what the kernel calls available, within the container's limit; elsewhere the machine's or container's memory. Unit: bytes.</summary>
    public static long AvailableBytes()
    {
        long limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        const string Info = "/proc/meminfo", Field = "MemAvailable:";
        if (!OperatingSystem.IsLinux() || !File.Exists(Info))
        {
            return limit;
        }
        string? line = File.ReadLines(Info).FirstOrDefault(l => l.StartsWith(Field, StringComparison.Ordinal));
        return line is not null && long.TryParse(line.AsSpan(Field.Length).Trim().TrimEnd("kB").Trim(), CultureInfo.InvariantCulture, out long kibibytes)
            ? Math.Min(limit, kibibytes * 1024)
            : limit;
    }

    private static LoraLayout LayoutOf(DecoderConfig config, LoraOptions options) => new(config, LoraAdapter.ModulesOf(config, options), replacesOutput: false);

    private void AddBlock(string name, TensorLayout layout, bool learns)
    {
        Add(name, layout.Length);
        if (learns)
        {
            Add(name + ": gradients", layout.Length);
            Add(name + ": optimiser's moments", 2 * layout.Length);
        }
    }

    private void Add(string name, long floats) => _items.Add(new MemoryPlanItem(name, floats * sizeof(float)));

    private static string Size(long bytes) => bytes >= 1 << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):F2} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 20):F1} MiB");
}
