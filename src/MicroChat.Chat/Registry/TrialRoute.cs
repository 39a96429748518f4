using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MicroChat.Chat.Serving;

namespace MicroChat.Chat.Registry;

/// <summary>
/// Sends a fixed share of the conversations to a generation on trial: by the hash of the server where there are servers enough to draw a share of them,
/// else of the conversation. What a conversation once went to it goes to until the trial ends, and the trial never gets more than its most,
/// however unevenly the conversations lie on the servers.
/// </summary>
/// <param name="generation">The generation; every trial draws another share.</param>
/// <param name="share">Of servers or conversations, 0 to 1.</param>
/// <param name="mostExposed">The trial's greatest share of all conversations seen, 0 to 1; until there are some dozens, one or two may be more.</param>
/// <param name="byServer">Whether the conversations of a server stay together.</param>
public sealed class TrialRoute(int generation, double share, double mostExposed, bool byServer) : ITrialRoute
{
    /// <summary>Beyond so many, new conversations go to the live generation: memory stays bounded.</summary>
    private const int MostConversations = 1_000_000;

    /// <summary>The exposed share is taken of at least so many conversations, or no trial could ever begin.</summary>
    private const int FewestConversations = 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, bool> _known = [];
    private int _exposed;

    /// <summary>Conversations seen since the trial began.</summary>
    public int Conversations
    {
        get
        {
            lock (_gate)
            {
                return _known.Count;
            }
        }
    }

    /// <summary>Those of them that went to the generation on trial.</summary>
    public int Exposed
    {
        get
        {
            lock (_gate)
            {
                return _exposed;
            }
        }
    }

    /// <inheritdoc/>
    public bool Takes(string conversation, string? server)
    {
        ulong key = Hash(conversation);
        lock (_gate)
        {
            if (_known.TryGetValue(key, out bool known))
            {
                return known;
            }
            ulong unit = byServer && !string.IsNullOrEmpty(server) ? Hash(server) : key;
            bool taken = unit / (double)ulong.MaxValue < share
                && _exposed + 1 <= mostExposed * Math.Max(_known.Count + 1, FewestConversations)
                && _known.Count < MostConversations;
            Note(key, taken);
            return taken;
        }
    }

    /// <summary>Takes in what happened before a restart.</summary>
    /// <param name="conversation">A conversation of the trial's time.</param>
    /// <param name="exposed">Whether the generation on trial replied in it.</param>
    public void Remember(string conversation, bool exposed)
    {
        lock (_gate)
        {
            Note(Hash(conversation), exposed);
        }
    }

    private void Note(ulong key, bool taken)
    {
        if (_known.Count < MostConversations && _known.TryAdd(key, taken))
        {
            _exposed += taken ? 1 : 0;
        }
    }

    private ulong Hash(string text) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{generation}\n{text}")));
}
