namespace MicroChat.Torch;

/// <summary>A sequence in a step: its new tokens [From, From + Count), its row in the pool, and the tokens that the row holds already.</summary>
internal readonly record struct PoolMember(int From, int Count, int Row, int Past);

/// <summary>What a step does with one pool; indices are made once and used in every block.</summary>
internal sealed class PoolStep
{
    private readonly Dictionary<PoolMember, Tensor> _masks = [];

    public PoolStep(CachePool pool, List<PoolMember> members, int stepTokens, torch.Device device)
    {
        Pool = pool;
        var tokens = new List<int>();
        var slots = new List<int>();
        foreach (PoolMember member in members)
        {
            for (int t = 0; t < member.Count; t++)
            {
                tokens.Add(member.From + t);
                slots.Add((member.Row * pool.Slots) + member.Past + t);
            }
        }
        Tokens = Tensors.Indices([.. tokens], device);
        Slots = Tensors.Indices([.. slots], device);
        IsWholeStep = tokens.Count == stepTokens;
        PoolMember[] single = [.. members.Where(m => m.Count == 1)];
        Single = single.Length > 0 ? new SingleTokens(pool, single, device) : null;
        Longer = [.. members.Where(m => m.Count > 1)];
        foreach (PoolMember member in Longer.Where(m => m.Past > 0))
        {
            Tensor positions = torch.arange(member.Past + member.Count, device: device).unsqueeze(0);
            _masks[member] = positions.le(torch.arange(member.Past, member.Past + member.Count, device: device).unsqueeze(1)); // (n,S)
        }
    }

    public CachePool Pool { get; }

    /// <summary>The step's tokens that belong to the pool.</summary>
    public Tensor Tokens { get; }

    /// <summary>Where their keys and values go, counted over rows and slots.</summary>
    public Tensor Slots { get; }

    /// <summary>Whether the pool has all tokens of the step, so that none need be picked.</summary>
    public bool IsWholeStep { get; }

    /// <summary>The sequences with one new token; null: none.</summary>
    public SingleTokens? Single { get; }

    /// <summary>The sequences with more.</summary>
    public PoolMember[] Longer { get; }

    /// <summary>What a longer piece may see of its row; null: causal from the row's beginning.</summary>
    public Tensor? MaskOf(PoolMember member) => _masks.GetValueOrDefault(member);
}

/// <summary>
/// Sequences with one new token that attend together. Their rows lie next to each other as a rule: then the range is read where it lies, and
/// a row in between that has no query is masked. Only when they are sparse are they picked into a copy.
/// </summary>
internal sealed class SingleTokens
{
    /// <summary>Caches are read up to the longest sequence, rounded up to what fused kernels like.</summary>
    private const int LengthStep = 64;

    private readonly long _first;
    private readonly long _longest;
    private readonly Tensor? _picked;

    public SingleTokens(CachePool pool, PoolMember[] members, torch.Device device)
    {
        int lowest = members.Min(m => m.Row), range = members.Max(m => m.Row) - lowest + 1;
        bool sparse = range > 2 * members.Length;
        (_first, Count) = (lowest, sparse ? members.Length : range);
        _longest = Math.Min(pool.Slots, (members.Max(m => m.Past) / LengthStep * LengthStep) + LengthStep);
        _picked = sparse ? Tensors.Indices([.. members.Select(m => m.Row)], device) : null;
        int[] places = [.. members.Select((m, i) => sparse ? i : m.Row - lowest)];
        int[] last = new int[Count];                                  // rows without a query see slot 0: a softmax over nothing is no number
        foreach ((int i, PoolMember member) in members.Index())
        {
            last[places[i]] = member.Past;
        }
        Tokens = Tensors.Indices([.. members.Select(m => m.From)], device);
        Places = Tensors.Indices(places, device);
        Mask = torch.arange(_longest, device: device).unsqueeze(0).le(Tensors.Indices(last, device).unsqueeze(1)).reshape(Count, 1, 1, _longest);
    }

    /// <summary>n: rows that are read.</summary>
    public int Count { get; }

    /// <summary>The queries among the step's tokens.</summary>
    public Tensor Tokens { get; }

    /// <summary>Their places among the rows that are read.</summary>
    public Tensor Places { get; }

    /// <summary>(n,1,1,S) what each may see.</summary>
    public Tensor Mask { get; }

    /// <summary>The rows of a block's keys or values, (n,S,Hkv,D).</summary>
    public Tensor Rows(Tensor cache) => (_picked is null ? cache.narrow(0, _first, Count) : cache.index_select(0, _picked)).narrow(1, 0, _longest);
}
