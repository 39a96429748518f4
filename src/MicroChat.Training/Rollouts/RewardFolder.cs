using System.Text.Json;
using MicroChat.Model.Checkpoints;
using MicroChat.Model.Decoding;
using MicroChat.Training.Stages;

namespace MicroChat.Training.Rollouts;

/// <summary>A reward model's folder: an adapter with a head on the policy's base, which then is in memory once, or a trunk of its own with a head.</summary>
public sealed class RewardFolder
{
    private const string AdapterFolder = "adapter", AdapterConfigFile = "adapter_config.json", BaseField = "base_model_name_or_path";

    private readonly string _folder;

    /// <summary>Looks at a folder.</summary>
    /// <param name="folder">A folder that "train reward" wrote, or one in PEFT's or transformers' format.</param>
    /// <param name="policy">Folder of the model that the policy begins with.</param>
    /// <param name="text">Tokenizer and template of the policy.</param>
    /// <exception cref="CheckpointException">The reward model was trained with another tokenizer or template, or does not say with which.</exception>
    public RewardFolder(string folder, string policy, TextFingerprint text)
    {
        if (!Directory.Exists(folder))
        {
            throw new CheckpointException($"{folder} is no folder; name that of a reward model, as \"train reward\" writes it.");
        }
        string adapter = Path.Combine(folder, AdapterFolder);
        _folder = AdapterFiles.IsAdapter(adapter) && IsOn(adapter, policy) ? adapter : folder;
        IsAdapter = AdapterFiles.IsAdapter(_folder);
        if (!text.Verify(_folder))
        {
            throw new CheckpointException(
                $"{_folder} has no {TextFingerprint.FileName}, so it cannot be told whether the reward model reads the policy's tokens as the policy means them. Train the reward model with \"train reward\", which writes it.");
        }
    }

    /// <summary>Whether it is an adapter on the policy's base.</summary>
    public bool IsAdapter { get; }

    /// <summary>Adds what it takes to a plan.</summary>
    public void AddTo(MemoryPlan plan, string name, DecoderConfig config)
    {
        if (IsAdapter)
        {
            using LoraAdapter adapter = AdapterFiles.Load(_folder, config);
            plan.AddAdapter(name, config, new LoraOptions { Rank = adapter.Modules.Max(module => module.Rank) }, learns: false);
        }
        else
        {
            plan.AddDecoder(name, DecoderConfigReader.Read(_folder) with { TieEmbeddings = true }, learns: false);
        }
        plan.AddHead(name + "'s head", config, learns: false);
    }

    /// <summary>Reads it.</summary>
    /// <param name="roles">Where the base is.</param>
    /// <param name="microBatchTokens">Most tokens in one pass.</param>
    /// <exception cref="CheckpointException">It is broken, does not fit, or has no head.</exception>
    public LoadedReward Load(PpoRoles roles, int microBatchTokens)
    {
        if (IsAdapter)
        {
            LoraAdapter adapter = AdapterFiles.Load(_folder, roles.Frozen.Config, out ScalarHead? saved);
            if (saved is null)
            {
                adapter.Dispose();
                throw new CheckpointException($"{_folder} holds an adapter without a score: it is no reward model. Name the folder of one.");
            }
            return new LoadedReward(new ModelScorer(roles.Frozen, adapter, saved, microBatchTokens), adapter, saved);
        }
        ParameterBlock weights = ScalarHeadFiles.Load(_folder, out ScalarHead head);
        ITrainableDecoder decoder = roles.NewScorer(weights);
        return new LoadedReward(new ModelScorer(decoder, null, head, microBatchTokens), head, decoder, weights);
    }

    /// <summary>Whether an adapter names the policy's folder as its base.</summary>
    private static bool IsOn(string adapter, string policy)
    {
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(adapter, AdapterConfigFile)));
        return config.RootElement.TryGetProperty(BaseField, out JsonElement name) && name.ValueKind == JsonValueKind.String
            && Path.TrimEndingDirectorySeparator(Path.GetFullPath(name.GetString()!)) == Path.TrimEndingDirectorySeparator(Path.GetFullPath(policy));
    }
}

/// <summary>A reward model in memory.</summary>
/// <param name="scorer">It.</param>
/// <param name="parts">What it holds, disposed with it in this order.</param>
public sealed class LoadedReward(IReplyScorer scorer, params IDisposable[] parts) : IDisposable
{
    /// <summary>It.</summary>
    public IReplyScorer Scorer => scorer;

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(parts, part => part.Dispose());
}
