using MicroChat;
using MicroChat.Terminal;
using MicroChat.Verbs;

var program = new ProgramContext
{
    Terminal = new SystemTerminal(),
    Time = TimeProvider.System,
    BaseFolder = AppContext.BaseDirectory,
    Variable = Environment.GetEnvironmentVariable,
};

return await CommandLine.RunAsync(program, args,
[
    VersionVerb.Create(program),
]);
