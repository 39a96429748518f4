using System.Net.Http.Headers;
using System.Text.Json;
using MicroChat.Discord.Client.Json;
using MicroChat.Discord.Port;

namespace MicroChat.Discord.Client.Rest;

/// <summary>What a request carries, in a form that can be sent more than once.</summary>
/// <param name="Json">UTF-8 JSON.</param>
/// <param name="Files">Files that go along; none makes it plain JSON.</param>
internal sealed record RestBody(byte[] Json, IReadOnlyList<OutgoingFile> Files)
{
    public static RestBody Of(Action<Utf8JsonWriter> write) => new(PayloadWriter.Bytes(write), []);

    public static RestBody Of(Action<Utf8JsonWriter> write, IReadOnlyList<OutgoingFile> files) => new(PayloadWriter.Bytes(write), files);

    /// <summary>A new content for one attempt.</summary>
    /// <remarks>File names stand in the JSON; the parts' own are ASCII, which every server reads alike.</remarks>
    public HttpContent Content()
    {
        var json = new ByteArrayContent(Json);
        json.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (Files.Count == 0)
        {
            return json;
        }
        var form = new MultipartFormDataContent { { json, "payload_json" } };
        foreach ((int index, OutgoingFile file) in Files.Index())
        {
            var part = new ReadOnlyMemoryContent(file.Content);
            part.Headers.ContentType = MediaTypeHeaderValue.TryParse(file.ContentType, out MediaTypeHeaderValue? type) ? type : new MediaTypeHeaderValue("application/octet-stream");
            form.Add(part, $"files[{index}]", string.Concat(file.Name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_')));
        }
        return form;
    }
}
