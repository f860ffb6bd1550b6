// Ends Azurite when whoever started it is gone, however that came: the pipe to its input closes.
process.stdin.on("end", () => process.exit()).on("error", () => process.exit()).resume();

// Kept in memory, a blob that is being written when Azurite looks for what nothing refers to is taken for
// that, and its bytes are gone for good. A test does not live long enough to need them back.
const longest = 2 ** 31 - 1;
require("./node_modules/azurite/dist/src/blob/utils/constants").DEFAULT_GC_INTERVAL_MS = longest;
require("./node_modules/azurite/dist/src/queue/utils/constants").DEFAULT_GC_INTERVAL_MS = longest;
