namespace MicroChat.Discord.Simulator.World;

/// <summary>A file of a message.</summary>
public sealed class SimAttachment
{
    internal SimAttachment(ulong id, string fileName, byte[] content) => (Id, FileName, Content, Size) = (id, fileName, content, content.Length);

    public ulong Id { get; }

    public string FileName { get; }

    public string ContentType { get; internal init; } = "application/octet-stream";

    public string? Description { get; internal init; }

    /// <summary>Unit: bytes.</summary>
    public int Size { get; }

    /// <summary>Empty once it was given up for newer ones.</summary>
    public byte[] Content { get; internal set; }
}
