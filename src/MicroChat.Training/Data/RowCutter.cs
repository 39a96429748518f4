using System.Runtime.InteropServices;

namespace MicroChat.Training.Data;

/// <summary>Appends the ids of a text, special tokens not recognised in it.</summary>
public delegate void TextEncoder(ReadOnlySpan<char> text, List<int> ids);

/// <summary>Number of UTF-8 bytes that a token stands for; 0 for special tokens.</summary>
public delegate int TokenByteCount(int id);

/// <summary>
/// Appends the ids of a rendered conversation, and for each whether it counts in the loss (the assistant's words and its end of turn).
/// Returns the UTF-8 bytes of the assistant's words.
/// </summary>
public delegate int ConversationEncoder(Conversation conversation, List<int> ids, List<bool> targets);

/// <summary>How texts and conversations become rows.</summary>
public sealed record RowOptions
{
    /// <summary>Longest row. Unit: tokens. At least 2.</summary>
    public required int MaxRowTokens { get; init; }

    /// <summary>Token before every document; null: none, and the document's first token is then not predicted.</summary>
    public int? BeginTokenId { get; init; }

    /// <summary>Token after every document; null: none.</summary>
    public int? EndTokenId { get; init; }
}

/// <summary>
/// Makes rows of a shard. A document that is longer than a row is cut; each further row repeats the last token of the one before as context,
/// so that every token but the document's first is a target exactly once. A conversation that is too long loses whole rounds from its end; one whose first round does not fit is left out.
/// </summary>
public sealed class RowCutter
{
    private readonly ShardSetWriter _shard;
    private readonly RowOptions _options;
    private readonly TokenByteCount _byteCount;
    private readonly List<int> _ids = [];
    private readonly List<bool> _targets = [];

    /// <summary>Cuts rows into a shard.</summary>
    /// <param name="shard">Gets the rows.</param>
    /// <param name="options">Lengths and frame tokens.</param>
    /// <param name="byteCount">Bytes of a token, for bits per byte of documents.</param>
    public RowCutter(ShardSetWriter shard, RowOptions options, TokenByteCount byteCount)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxRowTokens, 2);
        (_shard, _options, _byteCount) = (shard, options, byteCount);
    }

    /// <summary>Conversations that lost rounds.</summary>
    public long Shortened { get; private set; }

    /// <summary>Conversations whose first round does not fit a row, or in which nothing counts.</summary>
    public long LeftOut { get; private set; }

    /// <summary>Adds a document or the next piece of one. A document of a single token holds nothing to predict and is dropped.</summary>
    public void Add(TextDocument document, TextEncoder encode)
    {
        if (document.Piece == 0)
        {
            _ids.Clear();
            if (_options.BeginTokenId is { } begin)
            {
                _ids.Add(begin);
            }
        }
        encode(document.Text, _ids);
        if (document.IsLast && _options.EndTokenId is { } end)
        {
            _ids.Add(end);
        }
        int start = 0;
        for (; _ids.Count - start > _options.MaxRowTokens; start += _options.MaxRowTokens - 1)
        {
            AddRow(CollectionsMarshal.AsSpan(_ids).Slice(start, _options.MaxRowTokens));
        }
        if (!document.IsLast)
        {
            _ids.RemoveRange(0, start);
            return;
        }
        if (_ids.Count - start > 1)
        {
            AddRow(CollectionsMarshal.AsSpan(_ids)[start..]);
        }
        _ids.Clear();
    }

    /// <summary>Adds a conversation.</summary>
    /// <returns>False when it was left out.</returns>
    public bool Add(Conversation conversation, ConversationEncoder encode)
    {
        Conversation tried = conversation;
        while (true)
        {
            _ids.Clear();
            _targets.Clear();
            int textBytes = encode(tried, _ids, _targets);
            if (_ids.Count <= _options.MaxRowTokens && _targets.Contains(true))
            {
                _shard.Append(CollectionsMarshal.AsSpan(_ids), CollectionsMarshal.AsSpan(_targets), textBytes);
                Shortened += ReferenceEquals(tried, conversation) ? 0 : 1;
                return true;
            }
            if (tried.Turns.Count(turn => turn.Role == TurnFields.User) <= 1 || _ids.Count <= _options.MaxRowTokens)
            {
                LeftOut++;
                return false;
            }
            tried = conversation with { Turns = [.. tried.Turns.SkipLast(2)] };
        }
    }

    private void AddRow(ReadOnlySpan<int> ids)
    {
        _targets.Clear();
        int textBytes = 0;
        for (int t = 0; t < ids.Length; t++)
        {
            _targets.Add(t > 0);
            textBytes += t > 0 ? _byteCount(ids[t]) : 0;
        }
        _shard.Append(ids, CollectionsMarshal.AsSpan(_targets), textBytes);
    }
}
