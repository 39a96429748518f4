using System.Globalization;

namespace MicroChat.Training.Data;

/// <summary>
/// Writes rows into as many shards as needed, "name-00000.shard", "name-00001.shard" …; they appear under their names only when all are complete,
/// and shards of an older set with that name go away. Disposing earlier leaves nothing behind.
/// </summary>
public sealed class ShardSetWriter : IDisposable
{
    private readonly string _folder, _name;
    private readonly ShardInfo _info;
    private readonly long _tokensPerShard;
    private readonly List<ShardWriter> _shards = [];

    /// <summary>Begins a set.</summary>
    /// <param name="folder">Where the shards will be; made when missing.</param>
    /// <param name="name">Name of the set, part of a file name.</param>
    /// <param name="info">What each shard says about itself.</param>
    /// <param name="tokensPerShard">A shard that has this many is full; 50 million is a good number.</param>
    public ShardSetWriter(string folder, string name, ShardInfo info, long tokensPerShard)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokensPerShard, 1);
        Directory.CreateDirectory(folder);
        (_folder, _name, _info, _tokensPerShard) = (folder, name, info, tokensPerShard);
        _shards.Add(new ShardWriter(PathOf(0), info));
    }

    /// <summary>What was added so far.</summary>
    public ShardCounts Counts { get; private set; }

    /// <summary>Adds a row; see <see cref="ShardWriter.Append"/>.</summary>
    public void Append(ReadOnlySpan<int> ids, ReadOnlySpan<bool> targets, int textBytes)
    {
        if (_shards[^1].Counts.Tokens >= _tokensPerShard)
        {
            _shards[^1].Seal();
            _shards.Add(new ShardWriter(PathOf(_shards.Count), _info));
        }
        ShardCounts before = _shards[^1].Counts;
        _shards[^1].Append(ids, targets, textBytes);
        Counts += new ShardCounts(1, ids.Length, _shards[^1].Counts.TargetTokens - before.TargetTokens, textBytes);
    }

    /// <summary>Completes all shards and gives them their names.</summary>
    public void Complete()
    {
        _shards[^1].Seal();
        foreach (string old in ShardSet.Files(_folder, _name).Skip(_shards.Count))
        {
            File.Delete(old);
        }
        _shards.ForEach(shard => shard.Publish());
    }

    /// <summary>Drops what was not completed.</summary>
    public void Dispose() => _shards.ForEach(shard => shard.Dispose());

    private string PathOf(int index) => Path.Combine(_folder, ShardSet.FileName(_name, index));
}

/// <summary>The shards of one name in a folder, opened for reading.</summary>
public sealed class ShardSet : IDisposable
{
    private readonly List<ShardReader> _shards = [];

    /// <summary>Opens all shards of a set.</summary>
    /// <exception cref="DatasetException">There is none, or one is damaged, or they were made with different tokenizers.</exception>
    public ShardSet(string folder, string name)
    {
        Name = name;
        try
        {
            foreach (string path in Files(folder, name))
            {
                _shards.Add(new ShardReader(path));
                if (_shards[^1].Info != _shards[0].Info)
                {
                    throw DatasetException.File(path, $"says {_shards[^1].Info}; wanted {_shards[0].Info} as in the first of its set.", "Make the set again.", null);
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
        if (_shards.Count == 0)
        {
            throw DatasetException.File(Path.Combine(folder, FileName(name, 0)), "is not there.", "Make the shards first.", null);
        }
    }

    /// <summary>Name of the set.</summary>
    public string Name { get; }

    /// <summary>The shards, in the order of their numbers.</summary>
    public IReadOnlyList<ShardReader> Shards => _shards;

    /// <summary>What the shards say about themselves.</summary>
    public ShardInfo Info => _shards[0].Info;

    /// <summary>How much the set holds.</summary>
    public ShardCounts Counts => _shards.Aggregate(default(ShardCounts), (sum, shard) => sum + shard.Counts);

    /// <summary>Closes all files.</summary>
    public void Dispose() => _shards.ForEach(shard => shard.Dispose());

    internal static string FileName(string name, int index) => string.Create(CultureInfo.InvariantCulture, $"{name}-{index:d5}.shard");

    internal static IEnumerable<string> Files(string folder, string name)
    {
        for (int index = 0; Path.Combine(folder, FileName(name, index)) is var path && File.Exists(path); index++)
        {
            yield return path;
        }
    }
}
