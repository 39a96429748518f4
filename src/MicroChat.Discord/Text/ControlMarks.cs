namespace MicroChat.Discord.Text;

/// <summary>Marks by which chat templates of the common families separate turns.</summary>
internal static class ControlMarks
{
    public static readonly string[] All =
    [
        "<|im_start|>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|begin_of_text|>", "<|end_of_text|>",
        "<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "</s>",
        "<|channel|>", "<|message|>", "<|return|>", "<|start|>",
    ];

    /// <summary>Names under which plain-text templates let people speak; few, because an answer may well have a line that begins with a word and a colon.</summary>
    public static readonly string[] Roles = ["User", "Human", "### Instruction", "### Human", "### User"];
}
