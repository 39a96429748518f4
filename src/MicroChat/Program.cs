using System.Security.Cryptography;
using MicroChat;
using MicroChat.Adapters;
using MicroChat.Chat.Serving;
using MicroChat.Options;
using MicroChat.Terminal;
using MicroChat.Verbs;

var program = new ProgramContext
{
    Terminal = new SystemTerminal(),
    Time = TimeProvider.System,
    BaseFolder = AppContext.BaseDirectory,
    Variable = Environment.GetEnvironmentVariable,
    VariableNames = () => Environment.GetEnvironmentVariables().Keys.Cast<string>(),
    LoadModel = folder => ModelLoader.Load(folder, new EngineOptions(), TimeProvider.System),
    LoadForServing = (folder, options) => ModelLoader.Load(folder, options, TimeProvider.System),
    NewSeed = () => RandomNumberGenerator.GetInt32(int.MaxValue),
    DataFolder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), CommandLine.Name),
};

TokenizerLibraries.Use(TokenizerChoice.Auto);      // until a host's options say otherwise
ComputeDevices.Use(new ModelOptions().Device);
return await CommandLine.RunAsync(program, args,
[
    ChatVerb.Create(program),
    AskVerb.Create(program),
    ServeVerb.Create(program),
    TrainVerb.Create(program),
    EvalVerb.Create(program),
    ModelVerb.Create(program),
    FeedbackVerb.Create(program),
    DiscordVerb.Create(program),
    SimulateVerb.Create(program),
    KeyVerb.Create(program),
    DoctorVerb.Create(program),
    HealthVerb.Create(program),
    VersionVerb.Create(program),
]);
