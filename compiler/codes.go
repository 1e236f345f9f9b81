package compiler

// The codes of the compiler's diagnostics. They are stable: a code keeps its meaning for good. Errors
// begin with E, warnings with W; the second digit says what they are about: 3 names, 4 types,
// 5 streams and groupings, 6 state, 7 guarantees, 8 what does not compile yet, 9 files and libraries.
const (
	unknownComponent   = "E0301"
	unknownStream      = "E0302"
	unknownField       = "E0303"
	unknownFunction    = "E0304"
	unknownArgument    = "E0305"
	unknownLibrary     = "E0306"
	unknownLibraryPart = "E0307"
	unknownOption      = "E0308"
	unknownSetting     = "E0309"
	unknownGrouping    = "E0310"
	unknownName        = "E0311"
	unknownType        = "E0312"
	unknownInput       = "E0313"
	declaredTwice      = "E0314"
	wrongKindOfName    = "E0315"
	reservedName       = "E0316"
	noTopology         = "E0317"
	twoTopologies      = "E0318"
	constCycle         = "E0319"
	typeCycle          = "E0320"

	takenName         = "E0330"
	recursion         = "E0331"
	unusedFunc        = "W0330"
	badUse            = "E0332"
	noLibrary         = "E0333"
	useCycle          = "E0334"
	ambiguousName     = "E0335"
	notOfLibrary      = "E0336"
	severalTopologies = "E0337"
	libraryName       = "E0338"
	unusedUse         = "W0331"
	inputColon        = "E0370"
	graphInGraph      = "E0339"
	unusedGraph       = "W0332"

	mismatch        = "E0401"
	notBool         = "E0402"
	badOperands     = "E0403"
	intAndFloat     = "E0404"
	constOverflow   = "E0405"
	constDivision   = "E0406"
	optionalUsed    = "E0407"
	notOptional     = "E0408"
	notPrintable    = "E0409"
	argumentCount   = "E0410"
	argumentMissing = "E0411"
	notConstant     = "E0412"
	assignedLet     = "E0413"
	badTarget       = "E0414"
	noFields        = "E0415"
	notIndexable    = "E0416"
	notIterable     = "E0417"
	elseMustLeave   = "E0418"
	branchOutside   = "E0419"
	typeUnknown     = "E0420"
	badMapKey       = "E0421"
	noEffect        = "E0422"
	badLiteral      = "E0423"
	mixedArguments  = "E0424"
	returnsValue    = "E0425"
	typeNotAllowed  = "E0426"
	notHere         = "E0427"
	badEnum         = "E0430"
	enumAmbiguous   = "E0431"
	noEnumValue     = "E0432"
	matchMissing    = "E0433"
	doubledArm      = "E0434"
	badPattern      = "E0435"
	badArm          = "E0436"
	badMatch        = "E0437"
	badRegex        = "E0438"
	badGroups       = "E0439"
	resultMissing   = "E0450"
	noResult        = "E0451"
	boltOnly        = "E0452"
	returnsNothing  = "E0453"
	graphOutputs    = "E0455"
	graphInputs     = "E0456"
	graphShape      = "E0458"
	graphOptions    = "E0459"
	secretShown     = "E0440"
	badChoice       = "E0441"
	unusedLocal     = "W0401"
	unreachable     = "W0402"

	badGroupingField = "E0501"
	unhashableField  = "E0502"
	unknownOutput    = "E0503"
	emitArguments    = "E0504"
	sourcesDiffer    = "E0505"
	notReached       = "E0506"
	cycle            = "E0507"
	sinkAsSource     = "E0508"
	missingHandler   = "E0509"
	doubledHandler   = "E0510"
	outsideHandlers  = "E0511"
	outputDiffers    = "E0512"
	outputMissing    = "E0513"
	badLatestField   = "E0514"
	noTuple          = "E0515"
	badTasks         = "E0516"
	singleTasks      = "E0517"
	wrongKind        = "E0518"
	badShape         = "E0519"
	noSpout          = "E0520"
	latestOvertaken  = "E0521"
	ownedTwice       = "E0522"
	timerKey         = "E0550"
	timerDelay       = "E0551"
	timerInput       = "E0552"
	badRetry         = "E0553"
	idleRetry        = "W0553"
	silentOutput     = "W0560"
	longRetry        = "W0561"
	partialState     = "E0530"
	taskNotNamed     = "E0531"
	readerNotDirect  = "E0532"
	directUnnamed    = "E0533"
	taskOutOfRange   = "E0534"
	loopBound        = "E0535"
	loopWithoutCycle = "E0536"
	finishLoops      = "E0538"
	unusedOutput     = "W0501"
	unusedBolt       = "W0502"
	unusedValue      = "W0301"

	stateGrouping   = "E0601"
	stateKeysDiffer = "E0602"
	sharedWrite     = "E0603"
	stateInFinish   = "E0604"
	finishKey       = "E0605"
	stateNested     = "E0606"
	stateKeyField   = "E0607"
	sharedRandom    = "E0608"
	keyedAndShared  = "E0371"
	keyedTwice      = "E0372"
	ttlWithoutKey   = "E0610"
	unusedState     = "W0601"
	stateGrows      = "W0610"

	badSetting  = "E0701"
	idleSetting = "W0701"

	cantReplay      = "E0702"
	sinkRepeats     = "E0703"
	uncertainRows   = "E0704"
	raisedGuarantee = "E0705"
	optionOfOthers  = "E0706"
	badOption       = "E0707"
	needlessDurable = "W0702"
	needlessAccept  = "W0703"

	notYetGuarantee   = "E0801"
	notYetSelect      = "E0802"
	notYetDeclaration = "E0803"
	notYetTime        = "E0814"

	wrongSignature = "E0840"

	unanchoredExactly = "E0850"
	twoKinds          = "E0851"
	idleUnanchored    = "W0850"
	badTimeout        = "E0852"
	idleTimeout       = "W0852"

	selectShape       = "E1200"
	columnNoName      = "E1201"
	columnNotGrouped  = "E1202"
	aggregateType     = "E1203"
	aggregatePlace    = "E1204"
	orderNeedsWindow  = "E1205"
	groupKey          = "E1206"
	aggregatesLatest  = "E1207"
	selectReadsItself = "E1208"
	unionDiffers      = "E1210"
	windowOfNothing   = "E1211"
	timeField         = "E1260"
	timeMixed         = "E1261"
	lateNothing       = "E1262"
	timeInCycle       = "E1263"
	timeForgotten     = "W0591"
	joinTimes         = "E1410"
	windowLeaves      = "E1380"
	windowInside      = "E1381"
	windowOrder       = "E1382"
	joinUnbounded     = "E1340"
	joinCondition     = "E1341"
	joinShape         = "E1342"
	groupsGrow        = "W0590"

	cannotRead    = "E0911"
	noTopoFiles   = "E0912"
	fileTooLarge  = "E0913"
	notText       = "E0914"
	brokenLibrary = "E0915"

	goNeeded      = "E0920"
	goNoPackage   = "E0921"
	goOutside     = "E0922"
	goBroken      = "E0923"
	goUnknown     = "E0924"
	goDiffers     = "E0925"
	goPart        = "E0926"
	notReplayable = "E0865"
	notCommitting = "E1450"
	queryGroups   = "E1451"
	goArgument    = "E0927"
	goGrouping    = "E0928"
	goAggregate   = "E0929"

	storeOutside    = "E1300"
	unknownStore    = "E1301"
	storesDiffer    = "E1302"
	modeNeedsEpochs = "E1303"
	storedScope     = "E1304"
	storedColumns   = "E1305"
	storedVisits    = "E1307"
	needlessMode    = "W0608"
	plainOnce       = "W0609"

	queryShape = "E1100"
	queryState = "E1101"
	queryKey   = "E1102"

	testGiven     = "E1001"
	testArity     = "E1002"
	testAfterEnd  = "E1003"
	testAdvance   = "E1004"
	testParam     = "E1005"
	testNeeds     = "E1006"
	testFake      = "E1007"
	testTwice     = "E1008"
	testAnyValue  = "E1009"
	testStream    = "E1010"
	testFailures  = "E1011"
	testAt        = "E1012"
	testFakePart  = "E1013"
	testFakeLate  = "E1014"
	testFakeState = "E1015"
	testBound     = "E1016"
	testsNothing  = "W1001"
)

// Codes gives each code of the compiler its title, as `topoc explain` shows it.
var Codes = map[string]string{
	takenName:         "a name that the language has taken",
	recursion:         "a function that calls itself",
	unusedFunc:        "a function that is never called",
	badUse:            "a path that names no library",
	noLibrary:         "no library where one is used",
	useCycle:          "libraries that use each other",
	ambiguousName:     "a name that several libraries have",
	notOfLibrary:      "a declaration that a library can't have",
	severalTopologies: "a folder with several topologies",
	libraryName:       "a library's name that is taken",
	unusedUse:         "a library that is not used",
	inputColon:        "an input without its colon",
	graphInGraph:      "a graph that is made of itself",
	unusedGraph:       "a graph that has no instance",
	graphOutputs:      "an output of a graph that is not bound as it is declared",
	graphInputs:       "an input of a graph that an instance does not give as it is declared",
	graphShape:        "an instance of a graph of another kind",
	graphOptions:      "a word that an instance of a graph can't have",
	resultMissing:     "a function that does not say what it returns",
	noResult:          "a way through a function that has no result",
	boltOnly:          "a statement of a bolt in a function",
	returnsNothing:    "a return without a value",

	unknownComponent:   "unknown component",
	unknownStream:      "unknown output stream",
	unknownField:       "unknown field",
	unknownFunction:    "unknown function",
	unknownArgument:    "unknown argument",
	unknownLibrary:     "unknown library",
	unknownLibraryPart: "unknown part of a library",
	unknownOption:      "unknown option",
	unknownSetting:     "unknown setting",
	unknownGrouping:    "unknown grouping",
	unknownName:        "unknown name",
	unknownType:        "unknown type",
	unknownInput:       "unknown input",
	declaredTwice:      "declared twice",
	wrongKindOfName:    "a name of another kind",
	reservedName:       "a name that is taken",
	noTopology:         "no topology header",
	twoTopologies:      "more than one topology header",
	constCycle:         "a constant that needs itself",
	typeCycle:          "a type that contains itself",

	mismatch:        "types differ",
	notBool:         "a condition that is not a bool",
	badOperands:     "an operator that does not take these types",
	intAndFloat:     "int and float do not mix",
	constOverflow:   "a constant out of range",
	constDivision:   "division by zero",
	optionalUsed:    "a value that may be missing",
	notOptional:     "a value that is always there",
	notPrintable:    "a value that can't be printed",
	argumentCount:   "wrong number of arguments",
	argumentMissing: "missing argument",
	notConstant:     "not a constant",
	assignedLet:     "assignment to a name that does not change",
	badTarget:       "not assignable",
	noFields:        "a value without fields",
	notIndexable:    "a value that can't be indexed",
	notIterable:     "a value that can't be ranged over",
	elseMustLeave:   "else must leave the block",
	branchOutside:   "break or continue outside of a loop",
	typeUnknown:     "a type that can't be told",
	badMapKey:       "not a key of a map",
	noEffect:        "a statement without an effect",
	badLiteral:      "a literal out of form",
	mixedArguments:  "arguments by position and by name",
	returnsValue:    "a handler that returns a value",
	typeNotAllowed:  "a type that is not allowed here",
	notHere:         "a statement that does not belong here",
	secretShown:     "a secret on its way out",
	badChoice:       "a value that is not one of those allowed",
	badEnum:         "an enum out of form",
	enumAmbiguous:   "a value of several enums",
	noEnumValue:     "unknown value of an enum",
	matchMissing:    "a match that lacks arms",
	doubledArm:      "a value with two arms",
	badPattern:      "not a pattern",
	badArm:          "an arm without a value",
	badMatch:        "a value that can't be matched",
	badRegex:        "not a regular expression",
	badGroups:       "a regular expression without groups to capture",
	unusedLocal:     "unused name",
	unreachable:     "unreachable statement",

	badGroupingField: "grouping by an unknown field",
	unhashableField:  "a field that can't be hashed",
	unknownOutput:    "emit to an unknown output",
	emitArguments:    "emit does not match its output",
	sourcesDiffer:    "sources of different shape",
	notReached:       "a component that no spout reaches",
	cycle:            "a cycle",
	sinkAsSource:     "a sink has no output",
	missingHandler:   "an input without a handler",
	doubledHandler:   "an input with two handlers",
	outsideHandlers:  "a statement outside of handlers",
	outputDiffers:    "an output that differs from the library's",
	outputMissing:    "an output that is not declared",
	badLatestField:   "latest by an unknown field",
	noTuple:          "no tuple here",
	badTasks:         "number of tasks out of range",
	singleTasks:      "a component of one task",
	wrongKind:        "a component of another kind",
	badShape:         "a declaration that lacks or exceeds its form",
	noSpout:          "a topology without a spout",
	latestOvertaken:  "a stream of newest values whose tuples may overtake one another",
	ownedTwice:       "two components that own one thing",
	timerKey:         "a timer per another key",
	timerDelay:       "a duration that is not above zero",
	timerInput:       "a timer that no tuple starts",
	badRetry:         "a retry that does not fit",
	idleRetry:        "a retry without effect",
	silentOutput:     "an output that nothing is emitted to",
	longRetry:        "a retry that waits longer than the timeout",
	partialState:     "keyed state of a key that lives in two tasks",
	taskNotNamed:     "an emit that names no task",
	readerNotDirect:  "a reader that does not leave the task to the sender",
	directUnnamed:    "by direct of an output that names no task",
	taskOutOfRange:   "a task that is not there",
	loopBound:        "the bound of a loop",
	loopWithoutCycle: "a loop that closes no cycle",
	finishLoops:      "finish that would feed its own cycle",
	unusedOutput:     "unused output",
	unusedBolt:       "a bolt that nobody listens to",
	unusedValue:      "unused param or const",

	stateGrouping:   "keyed state needs its grouping",
	stateKeysDiffer: "states with different keys",
	keyedAndShared:  "tuples that would have to come two ways",
	keyedTwice:      "a key that would live in two tasks",
	sharedWrite:     "shared state written by one task only",
	stateInFinish:   "keyed state out of reach",
	finishKey:       "finish per another key",
	stateNested:     "state inside of a block",
	stateKeyField:   "a state's key that inputs lack",
	sharedRandom:    "shared state that would differ",
	ttlWithoutKey:   "a ttl where there is no key",
	unusedState:     "unused state",
	stateGrows:      "state that grows without bound",

	badSetting:  "a setting's value",
	idleSetting: "a setting without effect",

	cantReplay:      "a spout that can't replay",
	sinkRepeats:     "a sink that would repeat itself",
	uncertainRows:   "rows that another attempt would not overwrite",
	raisedGuarantee: "a build that asks for more than the topology holds",
	optionOfOthers:  "an option of other components",
	badOption:       "an option's value",
	needlessDurable: "a log that nothing needs",
	needlessAccept:  "duplicates that can't come",

	notYetGuarantee:   "this guarantee does not run yet",
	notYetSelect:      "this part of a query does not compile yet",
	joinTimes:         "a join of rows with a time and rows without",
	selectShape:       "this bolt is a query and something else",
	columnNoName:      "a column has no name",
	columnNotGrouped:  "this field differs within a group",
	aggregateType:     "this aggregate does not take such values",
	aggregatePlace:    "no aggregate can stand here",
	orderNeedsWindow:  "only what is whole has an order",
	groupKey:          "rows can't be grouped by this",
	aggregatesLatest:  "a `latest by` stream can't be added up",
	selectReadsItself: "a query reads what it gives",
	unionDiffers:      "the parts of a union have different columns",
	windowOfNothing:   "a window that can't be",
	timeField:         "a time that is no field of the tuples",
	timeMixed:         "tuples with and without a time in one window",
	lateNothing:       "`.late` of what has no event time",
	timeInCycle:       "a time that goes round a cycle",
	timeForgotten:     "a window by the clock, over tuples that had a time",
	windowLeaves:      "windows that leave rows out",
	windowOrder:       "an order of what does not end together",
	windowInside:      "what is known of a window when it ends",
	joinUnbounded:     "a join without a bound",
	joinCondition:     "a join's condition that finds no rows",
	joinShape:         "a join that can't be",
	groupsGrow:        "there are ever more groups",
	notYetDeclaration: "this declaration does not compile yet",
	notYetTime:        "event time does not compile yet",

	wrongSignature: "a signature that says what can't be",

	unanchoredExactly: "an unanchored tuple under exactly-once",
	twoKinds:          "a stream of two kinds",
	idleUnanchored:    "unanchored without effect",
	badTimeout:        "a timeout that does not fit",
	idleTimeout:       "a timeout without effect",

	cannotRead:    "a file that can't be read",
	noTopoFiles:   "no .topo file",
	fileTooLarge:  "a file that is too large",
	notText:       "a file that is not text",
	brokenLibrary: "a broken library",

	goNeeded:      "Go code without the go command",
	goNoPackage:   "no such Go package",
	goOutside:     "a Go package of another module",
	goBroken:      "a Go package that does not compile",
	goUnknown:     "a name that a Go package lacks",
	goDiffers:     "a Go function that differs from its signature",
	goPart:        "Go that does not fit its component",
	notReplayable: "a spout that says it is replayable, and is not",
	notCommitting: "a sink that says it commits, and does not",
	queryGroups:   "rows and groups in one query",
	goArgument:    "an argument that no field of the Go type takes",
	goGrouping:    "a Go function that is no grouping",
	goAggregate:   "Go that does not fit its aggregate",

	storeOutside:    "a store that is not declared by a library",
	unknownStore:    "a store that is not there",
	storesDiffer:    "the states of a bolt lie in different places",
	modeNeedsEpochs: "opaque or transactional state without epochs",
	storedScope:     "state that can't lie in a store",
	storedColumns:   "a state and its key would be one column",
	storedVisits:    "state in a store is not gone through key by key",
	needlessMode:    "a word that changes nothing of state in the engine",
	plainOnce:       "plain state under exactly-once",
	queryShape:      "a query out of form",
	queryState:      "a query of what is not kept",
	queryKey:        "a query that does not say which",
	testGiven:       "`given` takes the output of a spout",
	testArity:       "a tuple of a test has not the fields of its stream",
	testAfterEnd:    "a step after the end of the input",
	testAdvance:     "a clock that does not move on",
	testParam:       "`with` sets what is no param",
	testNeeds:       "a test does not say what a param is",
	testFake:        "what can't be replaced in a test, or not so",
	testTwice:       "two tests have one name",
	testAnyValue:    "`_` where a value is needed",
	testStream:      "an `expect` of a stream that can't be looked at",
	testFailures:    "failures expected of what can't fail",
	testAt:          "`at` for a stream without a time",
	testFakePart:    "a component that can't be replaced in a test, or not so",
	testFakeLate:    "a component is replaced once, before the test begins",
	testFakeState:   "a state that the fake of a function can't have",
	testBound:       "a test sets a param to what it can't be",
	testsNothing:    "a test expects nothing",
}
