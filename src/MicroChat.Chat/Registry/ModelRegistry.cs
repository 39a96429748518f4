using System.Globalization;
using MicroChat.Model.Checkpoints;

namespace MicroChat.Chat.Registry;

/// <summary>
/// The generations of one model in a folder: generation 0 lies in it directly, as it came with the program, the others in sub-folders
/// gen-0001, gen-0002 …, each a Hugging Face folder with a card.json. Which one is live stands in registry.json.
/// </summary>
/// <remarks>
/// A sub-folder appears whole by a rename, and every change of state replaces one file: a crash leaves the state before or after.
/// May be used from several threads and from several programs at once.
/// </remarks>
public sealed class ModelRegistry
{
    private const string CardName = "card.json";
    private const string Prefix = "gen-";

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly TimeProvider _time;

    /// <summary>Opens a folder of models.</summary>
    /// <exception cref="CheckpointException">It holds no model, or registry.json is broken or names a generation that is not there.</exception>
    public ModelRegistry(string folder, TimeProvider time)
    {
        _folder = Path.GetFullPath(folder);
        _time = time;
        if (!File.Exists(Path.Combine(_folder, "config.json")))
        {
            throw new CheckpointException($"{_folder} holds no config.json; generation 0, the model that came with the program, must lie there. Check the path.");
        }
        _ = Live;
    }

    /// <summary>The folder; complete path.</summary>
    public string Folder => _folder;

    /// <summary>The generation that replies to everyone.</summary>
    public ModelGeneration Live => Get(ReadState().Live);

    /// <summary>The generation that is being tried; null: none.</summary>
    public ModelGeneration? Canary => ReadState().Canary is { } canary ? Get(canary) : null;

    /// <summary>How <see cref="Canary"/> is being tried; null: none is.</summary>
    public Trial? Trial => ReadState() is { Canary: not null } state ? state.Trial ?? new Trial(_time.GetUtcNow(), ByServer: false, Duels: false) : null;

    /// <summary>The newest generation that was not tried yet and is newer than the live one; null: none.</summary>
    public ModelGeneration? Candidate => List().FirstOrDefault(generation => generation.State == GenerationState.Candidate && generation.Card.Generation > ReadState().Live);

    /// <summary>The generation that was live before; null: nothing was promoted yet.</summary>
    public int? Previous => ReadState().Before is { Count: > 0 } before ? before[^1] : null;

    /// <summary>Whether nothing may change by itself.</summary>
    public bool IsHeld => ReadState().Held;

    /// <summary>What was decided, oldest first.</summary>
    public IReadOnlyList<Decision> Decisions
    {
        get
        {
            IReadOnlyList<Decision> logged = DecisionLog.Read(_folder);
            return ReadState().Decision is { } last && (logged.Count == 0 || logged[^1].Number < last.Number) ? [.. logged, last] : logged;
        }
    }

    /// <summary>Called between two steps of a change, for tests that let the program end there.</summary>
    internal Action<string> Border { get; set; } = _ => { };

    /// <summary>All generations, the newest first.</summary>
    public IReadOnlyList<ModelGeneration> List()
    {
        RegistryFile state = ReadState();
        return [.. Numbers().OrderDescending().Select(number => Read(number, state))];
    }

    /// <summary>One generation.</summary>
    /// <exception cref="CheckpointException">It is not there, or its card is broken.</exception>
    public ModelGeneration Get(int generation) => Read(generation, ReadState());

    /// <summary>A generation and those that it was trained from, down to the first.</summary>
    public IReadOnlyList<ModelGeneration> Lineage(int generation)
    {
        var lineage = new List<ModelGeneration>();
        for (int? next = generation; next is { } number; next = lineage[^1].Card.Parent)
        {
            if (lineage.Count > 0 && number >= lineage[^1].Card.Generation)
            {
                throw new CheckpointException($"{lineage[^1].Folder}: card.json names generation {number} as parent of {lineage[^1].Card.Generation}; a parent has a smaller number. Correct it.");
            }
            lineage.Add(Get(number));
        }
        return lineage;
    }

    /// <summary>Takes a finished model in as a new candidate: its folder is moved here.</summary>
    /// <param name="staged">A Hugging Face folder on the same file system.</param>
    /// <param name="parent">The generation that it was trained from.</param>
    /// <param name="learnedFrom">What it learned from, in words.</param>
    /// <param name="evaluation">Results by name.</param>
    /// <exception cref="CheckpointException">The folder is no model, was made with another tokenizer or chat template, or could not be moved; it is then where it was.</exception>
    public ModelGeneration Add(string staged, int parent, string learnedFrom, IReadOnlyDictionary<string, double> evaluation)
    {
        lock (_gate)
        {
            using FileStream own = RegistryLock.Take(_folder);
            _ = DecoderConfigReader.Read(staged);
            if (TextFingerprint.Read(Get(parent).Folder) is { } text)
            {
                text.Verify(staged);
            }
            int number = Numbers().Max() + 1;
            var card = new GenerationCard
            {
                Generation = number, Name = Get(parent).Card.Name, Parent = parent, Created = _time.GetUtcNow(), LearnedFrom = learnedFrom,
                Evaluation = evaluation,
            };
            RegistryFile.Write(Path.Combine(staged, CardName), card);
            try
            {
                Directory.Move(staged, FolderOf(number));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CheckpointException($"{staged} was not moved to {FolderOf(number)}: {e.Message} Both must lie on one file system; nothing was changed.", e);
            }
            return Get(number);
        }
    }

    /// <summary>Tries a generation on a share of the conversations; another that was being tried is retired.</summary>
    public ModelGeneration StartCanary(int generation) => StartCanary(generation, byServer: false, duels: false, Why.ByHand);

    /// <inheritdoc cref="StartCanary(int)"/>
    /// <param name="generation">Which; not the live one.</param>
    /// <param name="byServer">See <see cref="Trial.ByServer"/>.</param>
    /// <param name="duels">See <see cref="Trial.Duels"/>.</param>
    /// <param name="why">For the log of decisions.</param>
    public ModelGeneration StartCanary(int generation, bool byServer, bool duels, Why why) => Change(DecisionKind.TrialStarted, generation, why, state =>
        state.Live == generation ? throw new CheckpointException($"Generation {generation} is live; another must be named for a trial.")
        : state.Canary == generation ? state
        : state.WithoutTrial() with
        {
            Canary = generation, Trial = new Trial(_time.GetUtcNow(), byServer, duels), Retired = [.. state.WithoutTrial().Retired.Where(number => number != generation)],
        });

    /// <summary>Ends a trial without promoting; nothing is changed when there is none.</summary>
    public void StopCanary() => StopCanary(Why.ByHand);

    /// <inheritdoc cref="StopCanary()"/>
    public void StopCanary(Why why)
    {
        if (Canary is { } canary)
        {
            Change(DecisionKind.TrialEnded, canary.Card.Generation, why, state => state.WithoutTrial());
        }
    }

    /// <summary>Lets a generation reply to everyone; a trial ends.</summary>
    /// <returns>The generation, now live.</returns>
    public ModelGeneration Promote(int generation) => Promote(generation, Why.ByHand);

    /// <inheritdoc cref="Promote(int)"/>
    public ModelGeneration Promote(int generation, Why why) => Change(DecisionKind.Promoted, generation, why, state =>
        state.Live == generation ? state : state.WithLive(generation, [.. state.Before, state.Live]));

    /// <summary>Goes back to the generation that was live before; a trial ends.</summary>
    /// <returns>The generation that is live now.</returns>
    /// <exception cref="CheckpointException">Nothing was promoted yet.</exception>
    public ModelGeneration RollBack() => RollBack(Why.ByHand);

    /// <inheritdoc cref="RollBack()"/>
    public ModelGeneration RollBack(Why why) => Change(DecisionKind.RolledBack, BeforeLive(), why, state =>
        state.WithLive(state.Before.Count > 0 ? state.Before[^1] : throw NothingBefore(state.Live), [.. state.Before.SkipLast(1)]));

    /// <summary>Lets nothing change by itself any more, or again.</summary>
    public void Hold(bool held, Why why) => Change(held ? DecisionKind.Held : DecisionKind.Released, Live.Card.Generation, why, state => state with { Held = held });

    /// <summary>The generation that <see cref="RollBack()"/> goes back to.</summary>
    /// <exception cref="CheckpointException">Nothing was promoted yet.</exception>
    public int BeforeLive() => Previous ?? throw NothingBefore(ReadState().Live);

    private static CheckpointException NothingBefore(int live) => new($"Generation {live} is live and no other was before it; there is nothing to go back to.");

    /// <summary>One step: the new state with the decision in it replaces the old one, then the log takes the decision in.</summary>
    private ModelGeneration Change(DecisionKind kind, int generation, Why why, Func<RegistryFile, RegistryFile> change)
    {
        lock (_gate)
        {
            using FileStream own = RegistryLock.Take(_folder);
            _ = Get(generation);
            RegistryFile before = ReadState(), after = change(before);
            if (after == before)
            {
                return Get(generation);
            }
            Log(before);
            var decision = new Decision
            {
                Number = (before.Decision?.Number ?? 0) + 1, Time = _time.GetUtcNow(), Kind = kind, Generation = generation, Live = after.Live, Why = why,
            };
            Border("the old state");
            RegistryFile.Write(Path.Combine(_folder, RegistryFile.Name), after with { Decision = decision }, Border);
            Border("the new state without its line in the log");
            Log(ReadState());
            return Get(generation);
        }
    }

    private void Log(RegistryFile state)
    {
        if (state.Decision is { } decision)
        {
            DecisionLog.Write(_folder, decision, Border);
        }
    }

    private RegistryFile ReadState() => RegistryFile.Read<RegistryFile>(Path.Combine(_folder, RegistryFile.Name)) ?? new RegistryFile();

    private ModelGeneration Read(int generation, RegistryFile state)
    {
        string folder = FolderOf(generation);
        GenerationCard card = RegistryFile.Read<GenerationCard>(Path.Combine(folder, CardName))
            ?? (generation == 0 ? new GenerationCard { Generation = 0, Name = Path.GetFileName(Path.TrimEndingDirectorySeparator(_folder)) } : throw Missing(generation));
        if (card.Generation != generation)
        {
            throw new CheckpointException($"{Path.Combine(folder, CardName)} is the card of generation {card.Generation}; it must be {generation}'s. Restore the folder's own.");
        }
        GenerationState current = state.Live == generation ? GenerationState.Live
            : state.Canary == generation ? GenerationState.Canary
            : state.Retired.Contains(generation) ? GenerationState.Retired
            : GenerationState.Candidate;
        return new ModelGeneration(card, current, folder);
    }

    private CheckpointException Missing(int generation) => new(
        $"{_folder} has no generation {generation}: {Path.Combine(FolderOf(generation), CardName)} is missing. There are {string.Join(", ", Numbers().Order())}.");

    private string FolderOf(int generation) =>
        generation == 0 ? _folder : Path.Combine(_folder, Prefix + generation.ToString("0000", CultureInfo.InvariantCulture));

    private IEnumerable<int> Numbers() => Directory.EnumerateDirectories(_folder, Prefix + "*")
        .Select(folder => int.TryParse(Path.GetFileName(folder)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)
        .Where(number => number > 0 && File.Exists(Path.Combine(FolderOf(number), CardName)))
        .Append(0);
}
