using System.Collections.Concurrent;
using MicroChat.Model.Tokenizers.Bpe;
using MicroChat.Model.Tokenizers.Json;
using MicroChat.Model.Tokenizers.Splitting;

namespace MicroChat.Model.Tokenizers;

/// <summary>Learns a byte-level BPE vocabulary from text: first all text is added, then <see cref="Train"/> joins the most frequent pairs.</summary>
public sealed class BpeTrainer
{
    private readonly BpeTrainerOptions _options;
    private readonly ISplitter _splitter;
    private readonly PieceCounts _counts;

    /// <summary>A trainer that has seen no text.</summary>
    /// <exception cref="TokenizerException">An option cannot be met; the message names it.</exception>
    public BpeTrainer(BpeTrainerOptions options)
    {
        _options = options;
        int least = options.SpecialTokens.Count + (options.AllBytes ? 256 : 0);
        if (options.VocabularySize < least || options.VocabularySize > TokenizerFile.LargestId)
        {
            throw new TokenizerException($"VocabularySize is {options.VocabularySize}; it must be at least {least} " +
                $"({options.SpecialTokens.Count} special tokens and the alphabet) and at most {TokenizerFile.LargestId}.");
        }
        if (options.SpecialTokens.Distinct().Count() != options.SpecialTokens.Count || options.SpecialTokens.Contains(""))
        {
            throw new TokenizerException("SpecialTokens holds an empty text or the same text twice; each must be given once.");
        }
        _splitter = Splitters.OfPattern(options.Pattern);
        _counts = new PieceCounts(_splitter);
    }

    /// <summary>Distinct pieces seen so far.</summary>
    public int DistinctPieces => _counts.Counts.Count;

    /// <summary>Counts the pieces of one document.</summary>
    public void Add(ReadOnlySpan<char> text) => _counts.Add(text, 1);

    /// <summary>Counts the pieces of one document as if it occurred <paramref name="weight"/> times.</summary>
    public void Add(ReadOnlySpan<char> text, int weight) => _counts.Add(text, weight);

    /// <summary>Adds everything that another trainer with the same pattern has counted.</summary>
    public void Add(BpeTrainer other) => _counts.Add(other._counts);

    /// <summary>Counts the documents of text files (plain or .gz) on several threads; see <see cref="TextFiles"/> for how they are separated.</summary>
    /// <exception cref="IOException">A file cannot be read. What was counted before is lost with the trainer.</exception>
    public void AddFiles(IEnumerable<string> paths, CancellationToken cancel = default)
    {
        using var documents = new BlockingCollection<string>(boundedCapacity: 32);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var workers = new Task<PieceCounts>[Math.Max(1, _options.Threads)];
        for (int i = 0; i < workers.Length; i++) workers[i] = Task.Run(() => Count(documents, stop), CancellationToken.None);
        try
        {
            foreach (string path in paths)
            {
                foreach (string document in TextFiles.Documents(path)) documents.Add(document, stop.Token);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // A worker failed and stopped the reading; its own exception is thrown below.
        }
        finally
        {
            documents.CompleteAdding();
            Task.WhenAll(workers).ContinueWith(_ => { }, TaskScheduler.Default).Wait(CancellationToken.None);
        }
        foreach (Task<PieceCounts> worker in workers) _counts.Add(worker.GetAwaiter().GetResult());
    }

    /// <summary>Learns the merges and builds the tokenizer.</summary>
    /// <param name="progress">Told about every hundredth token; null: nobody.</param>
    /// <param name="cancel">Ends the training with an exception.</param>
    public Tokenizer Train(IProgress<BpeTrainingProgress>? progress = null, CancellationToken cancel = default)
    {
        MergeLearner learner = Learn(progress, cancel);
        var ids = new Dictionary<string, int>(learner.Tokens.Count);
        for (int i = 0; i < learner.Tokens.Count; i++) ids.TryAdd(learner.Tokens[i], i);
        return TokenizerFile.ByteLevel(ids, [.. learner.Merges.Select(m => (m.Left, m.Right))], _options);
    }

    /// <summary>The learning alone: for tests that compare each merge.</summary>
    internal MergeLearner Learn(IProgress<BpeTrainingProgress>? progress, CancellationToken cancel)
    {
        List<(string Word, long Count)> words = Letters();
        var learner = new MergeLearner(_options.SpecialTokens.Concat(Alphabet(words)), words);
        int reported = 0;
        while (learner.Tokens.Count < _options.VocabularySize && learner.Step(_options.MinFrequency, _options.MaxTokenLength ?? int.MaxValue))
        {
            cancel.ThrowIfCancellationRequested();
            if (learner.Tokens.Count < reported + 100) continue;
            reported = learner.Tokens.Count;
            progress?.Report(new BpeTrainingProgress(reported, _options.VocabularySize));
        }
        return learner;
    }

    /// <summary>Adds pieces that are already cut: for tests.</summary>
    internal void AddPiece(string piece, long count) => _counts.AddPiece(piece, count);

    /// <summary>The pieces in byte letters with their counts: for tests.</summary>
    internal List<(string Word, long Count)> Letters()
    {
        var words = new List<(string, long)>(_counts.Counts.Count);
        byte[] bytes = new byte[256];
        foreach ((string piece, long count) in _counts.Counts)
        {
            int most = System.Text.Encoding.UTF8.GetMaxByteCount(piece.Length);
            if (bytes.Length < most) bytes = new byte[most];
            int length = System.Text.Encoding.UTF8.GetBytes(piece, bytes);
            words.Add((ByteLetters.Of(bytes.AsSpan(0, length)), count));
        }
        return words;
    }

    private IEnumerable<string> Alphabet(List<(string Word, long Count)> words)
    {
        var counts = new Dictionary<char, long>();
        foreach ((string word, long count) in words)
        {
            foreach (char letter in word) counts[letter] = counts.GetValueOrDefault(letter) + count;
        }
        if (_options.AllBytes)
        {
            for (int b = 0; b < 256; b++) counts[ByteLetters.Of((byte)b)] = long.MaxValue;
        }
        return counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key).Take(_options.AlphabetLimit ?? int.MaxValue)
            .Select(c => c.Key).Order().Select(c => c.ToString());
    }

    private PieceCounts Count(BlockingCollection<string> documents, CancellationTokenSource stop)
    {
        try
        {
            var counts = new PieceCounts(_splitter);
            foreach (string document in documents.GetConsumingEnumerable(stop.Token)) counts.Add(document, 1);
            return counts;
        }
        catch
        {
            stop.Cancel();                                          // or the reader would wait for room that nobody makes
            throw;
        }
    }
}
