namespace MicroChat.Discord.Simulator.Rest;

/// <summary>A file that came as part of a multipart body.</summary>
/// <param name="Index">The n of <c>files[n]</c>.</param>
internal sealed record UploadedFile(int Index, string FileName, string ContentType, byte[] Content);
